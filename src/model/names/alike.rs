//! Names as the eye sees them: without what cannot be seen, and with one letter for those that look the same.
//!
//! Unicode's whole list of confusable letters (UTS 39) is larger than this app. These are its Latin, Cyrillic and Greek ones and the
//! signs of the keyboard, with which names are forged; what is missed is shown as it was before: by its name, with its own colour.

use crate::platform::letters::lower_case;

/// The name without signs that show nothing or turn the text around, and with single blanks.
#[must_use]
pub(super) fn visible(name: &str) -> String {
    let mut visible = String::new();
    for c in name.chars().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() {
            if !visible.is_empty() && !visible.ends_with(' ') {
                visible.push(' ');
            }
        } else {
            visible.push(c);
        }
    }
    visible.truncate(visible.trim_end().len());
    // A joiner is seen by what it joins: families of emoji, letters of Arabic and India. Alone it is nothing.
    if visible.chars().all(|c| matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')) {
        visible.clear();
    }
    visible
}

const fn is_invisible(c: char) -> bool {
    c.is_ascii_control()
        || matches!(c,
            '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// What two names have in common that look alike.
#[must_use]
pub(super) fn skeleton(name: &str) -> String {
    let mut skeleton = String::new();
    // Before and after, for what only looks alike as a capital.
    for c in lower_case(&name.chars().map(like).collect::<String>()).chars() {
        match like(c) {
            ' ' | '\u{200c}' | '\u{200d}' => {}
            // Two letters that look like one.
            'n' if skeleton.ends_with('r') => {
                skeleton.pop();
                skeleton.push('m');
            }
            c => skeleton.push(c),
        }
    }
    skeleton
}

fn like(c: char) -> char {
    const PAIRS: [(&str, &str); 2] = [
        ("АВЕЅІЈКМНОРСТУХаеѕіјорсухԁԛԝһӏгп", "ABESIJKMHOPCTYXaesijopcyxdqwhlrn"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυχγϲ", "ABEZHIKMNOPTYXaivopuxyc"),
    ];
    match c {
        // Wide forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).map_or(c, like),
        '0' | 'о' | '〇' => 'o',
        '1' | '|' | 'I' | 'l' | 'ı' | 'ɩ' => 'l',
        '5' => 's',
        'ɑ' => 'a',
        'ɡ' => 'g',
        '\u{2010}'..='\u{2015}' | '_' | '.' | '·' => '-',
        '‘' | '’' | '`' | '´' => '\'',
        _ => PAIRS
            .iter()
            .find_map(|(from, to)| from.chars().zip(to.chars()).find(|(from, _)| *from == c))
            .map_or(c, |(_, to)| if to == 'I' || to == 'l' { 'l' } else { to }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_not_there() {
        assert_eq!(visible(" Mei\u{200b}  Lin\u{202e} "), "Mei Lin");
        for nothing in ["", " ", "\u{200b}", "\u{3164}", "\u{2800}\u{2800}", "\u{200d}", "\u{e0041}", "\t\n"]
        {
            assert_eq!(visible(nothing), "", "{nothing:?}");
        }
        assert_eq!(visible("👩\u{200d}🚀"), "👩\u{200d}🚀");
        assert_eq!(visible("小 林"), "小 林");
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        for (name, other) in [
            ("Mei", "Меі"),
            ("Paul", "Раul"),
            ("Ines", "lnes"),
            ("Tom", "T0m"),
            ("Mei Lin", "mei lin"),
            ("Ｍｅｉ", "Mei"),
            ("Bernd", "Bemd"),
            ("O'Neil", "O’NeiI"),
            ("ΟΛΓΑ", "OΛΓA"),
        ] {
            assert_eq!(skeleton(name), skeleton(other), "{name} {other}");
        }
        for (name, other) in
            [("Mei", "Mai"), ("小林", "小森"), ("Tomás", "Tomas"), ("Anna", "Hanna"), ("Ольга", "Олена")]
        {
            assert_ne!(skeleton(name), skeleton(other), "{name} {other}");
        }
    }

    #[test]
    fn each_letter_has_one_that_it_looks_like() {
        for letter in "АВЕЅІЈКМНОРСТУХ".chars() {
            assert!(like(letter).is_ascii(), "{letter}");
        }
        assert_eq!((like('п'), like('ϲ')), ('n', 'c'), "both lists are of one length");
    }
}
