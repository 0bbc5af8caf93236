//! What seeded messages are made of: a few words of several languages, put together by chance.

use acs_chat::ChatMessageType;

const NAMES: [&str; 20] = [
    "Mei", "Tomás", "Aiko", "Lena", "Noor", "小林", "阿伟", "Ola", "Yusuf", "Ines", "Bao", "Katya", "Sione",
    "Petra", "سارة", "Emeka", "Lucía", "Henrik", "Amara", "Jonas",
];

const WORDS: [&str; 72] = [
    "the", "map", "is", "late", "again", "and", "we", "moved", "it", "to", "Friday", "because", "train",
    "seven", "stops", "at", "both", "stations", "now", "can", "somebody", "look", "over", "numbers",
    "before", "noon", "I", "think", "print", "run", "should", "wait", "until", "colours", "are", "settled",
    "thanks", "for", "that", "new", "build", "on", "staging", "looks", "fine", "here", "but", "phone",
    "still", "shows", "old", "icon", "no", "hurry", "tomorrow", "works", "too", "who", "has", "key", "of",
    "archive", "room", "one", "more", "thing", "about", "budget", "draft", "let", "me", "check",
];

const CHINESE: [&str; 24] = [
    "地图", "今天", "已经", "更新", "了", "，", "请", "大家", "看看", "第七", "号线", "的", "车站", "名字",
    "。", "明天", "上午", "再", "讨论", "预算", "和", "颜色", "谢谢", "！",
];

const ARABIC: [&str; 18] = [
    "الخريطة",
    "جاهزة",
    "الآن",
    "شكرا",
    "على",
    "العمل",
    "سنراجع",
    "الأرقام",
    "غدا",
    "في",
    "الصباح",
    "قبل",
    "الاجتماع",
    "مع",
    "الفريق",
    "الجديد",
    "هل",
    "وصلت؟",
];

const EMOJI: [&str; 12] = ["🎉", "👍", "😀", "🚆", "🗺️", "🙏🏽", "👩‍💻", "🔥", "🤔", "✅", "🇯🇵", "☕"];

const CODE: [&str; 6] = [
    "let stops = line.stops().filter(|stop| stop.open).count();",
    "for stop in stops {\n    println!(\"{}: {}\", stop.name, stop.zone);\n}",
    "SELECT name, zone FROM stop WHERE line = 7 ORDER BY place;",
    "git switch -c line-7 && cargo test -p map",
    "{\"line\": 7, \"stops\": [\"North\", \"Harbour\"], \"night\": false}",
    "fn zone(stop: &Stop) -> u8 {\n    match stop.ring {\n        0 => 1,\n        ring => ring + 1,\n    }\n}",
];

/// Numbers by chance, the same for the same seed (splitmix64).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to one less than this.
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default() % most.max(1)
    }

    /// So often in a hundred.
    pub(super) fn in_hundred(&mut self, often: usize) -> bool {
        self.below(100) < often
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// The name of one of many people.
pub(super) fn name(number: usize) -> String {
    let name = NAMES[number % NAMES.len()];
    match number / NAMES.len() {
        0 => name.to_owned(),
        round => format!("{name} {}", round + 1),
    }
}

/// Something to say, and how it is meant.
pub(super) fn message(chance: &mut Chance) -> (String, ChatMessageType) {
    let text = |text| (text, ChatMessageType::Text);
    let html = |html| (html, ChatMessageType::Html);
    match chance.below(100) {
        0..42 => text(sentence(chance)),
        42..60 => text(sentences(chance, 2, 4)),
        60..68 => text(sentences(chance, 5, 16)),
        68..71 => {
            let paragraphs = [sentences(chance, 2, 5), sentences(chance, 1, 3), sentence(chance)];
            text(paragraphs.join("\n\n"))
        }
        71..78 => text(together(chance, &CHINESE, 4, 30, "")),
        78..82 => text(together(chance, &ARABIC, 3, 14, " ")),
        82..84 => text([together(chance, &ARABIC, 2, 5, " "), sentence(chance)].join(" ")),
        84..88 => text(together(chance, &EMOJI, 1, 4, "")),
        88..91 => text([sentence(chance), chance.of(&EMOJI).to_owned()].join(" ")),
        91..94 => {
            let place = chance.below(1_000);
            text(format!("{} https://maps.example/line/7?stop={place}#platform", sentence(chance)))
        }
        94..96 => {
            let code = chance.of(&CODE).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            html(format!("<p>{}</p><pre><code>{code}</code></pre>", sentence(chance)))
        }
        96..98 => {
            let items: String =
                (0..2 + chance.below(5)).map(|_| format!("<li>{}</li>", sentence(chance))).collect();
            html(format!("<p>{}</p><ul>{items}</ul>", sentence(chance)))
        }
        _ => {
            let (quoted, strong) = (sentence(chance), chance.of(&WORDS));
            html(format!(
                "<blockquote>{quoted}</blockquote><p><strong>{strong}</strong> {} <em>{}</em></p>",
                sentence(chance),
                chance.of(&WORDS)
            ))
        }
    }
}

/// One sentence.
pub(super) fn sentence(chance: &mut Chance) -> String {
    let said = together(chance, &WORDS, 2, 14, " ");
    let mut letters = said.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if chance.in_hundred(20) { "?" } else { "." };
    [&first, letters.as_str(), end].concat()
}

fn sentences(chance: &mut Chance, least: usize, most: usize) -> String {
    let count = least + chance.below(most - least + 1);
    (0..count).map(|_| sentence(chance)).collect::<Vec<_>>().join(" ")
}

fn together(chance: &mut Chance, words: &[&str], least: usize, most: usize, between: &str) -> String {
    let count = least + chance.below(most - least + 1);
    (0..count).map(|_| chance.of(words)).collect::<Vec<_>>().join(between)
}
