//! Server-sent events, incrementally: bytes in, frames out, wherever the bytes are cut.
//!
//! The form is the one of the HTML standard (9.2.6), read as generously as servers write it: lines end with LF, CR LF or
//! CR; the space after the colon may be missing; comments and unknown fields say nothing. A field `error` counts as data
//! under that name: older llama.cpp servers write it so (reference 9).

/// The longest line, and the longest data of one frame, in bytes. Nobody's answer is so long; what is would only fill the
/// memory.
pub const LINE_BYTES: usize = 1024 * 1024;

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Its name; empty when the server gave none.
    pub name: String,
    /// Its data, lines joined by `\n`.
    pub data: String,
}

/// A line or a frame is longer than [`LINE_BYTES`]. The stream cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line of the stream is too long")]
pub struct TooLong;

/// Makes frames of the pieces of a stream.
#[derive(Debug, Default)]
pub struct Decoder {
    /// What has come of a line.
    line: Vec<u8>,
    frame: Frame,
    has_data: bool,
    /// The last byte was CR: an LF behind it ends no other line.
    after_cr: bool,
    /// A line has ended: what looks like a byte order mark is none any more.
    begun: bool,
    too_long: bool,
}

impl Decoder {
    /// Takes a piece, and gives what is complete now.
    ///
    /// # Errors
    /// [`TooLong`], and from then on always. Frames that were complete before are lost with it, but for a hostile server
    /// there are none.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Frame>, TooLong> {
        let mut frames = Vec::new();
        while !self.too_long && !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            self.line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
            self.too_long = self.line.len() > LINE_BYTES;
            let Some(end) = end else { break };
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            if !self.too_long {
                frames.extend(self.end_line());
            }
        }
        if self.too_long {
            *self = Self { too_long: true, ..Self::default() };
            return Err(TooLong);
        }
        Ok(frames)
    }

    /// The stream has ended. A frame whose lines are whole counts, though the standard drops it without an empty line
    /// behind: some servers close right after `[DONE]`. A line that is cut off does not.
    #[must_use]
    pub fn finish(mut self) -> Option<Frame> {
        self.dispatch()
    }

    fn end_line(&mut self) -> Option<Frame> {
        let line = std::mem::take(&mut self.line);
        // A character that is no UTF-8 is replaced, as the standard says; line ends are never a part of one.
        let text = String::from_utf8_lossy(&line);
        let mut text = &*text;
        if !std::mem::replace(&mut self.begun, true) {
            text = text.strip_prefix('\u{feff}').unwrap_or(text);
        }
        if text.is_empty() {
            let frame = self.dispatch();
            self.reuse(line);
            return frame;
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.add(value),
            "error" => {
                field.clone_into(&mut self.frame.name);
                self.add(value);
            }
            "event" => value.clone_into(&mut self.frame.name),
            _ => {}
        }
        self.reuse(line);
        None
    }

    /// The memory of a line serves the next one.
    fn reuse(&mut self, mut line: Vec<u8>) {
        line.clear();
        self.line = line;
    }

    fn add(&mut self, value: &str) {
        if std::mem::replace(&mut self.has_data, true) {
            self.frame.data.push('\n');
        }
        self.frame.data.push_str(value);
        self.too_long |= self.frame.data.len() > LINE_BYTES;
    }

    fn dispatch(&mut self) -> Option<Frame> {
        let frame = std::mem::take(&mut self.frame);
        std::mem::take(&mut self.has_data).then_some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str, data: &str) -> Frame {
        Frame { name: name.to_owned(), data: data.to_owned() }
    }

    /// What a text comes to, which is the same wherever it is cut.
    fn read(text: &str) -> Vec<Frame> {
        let whole = {
            let mut decoder = Decoder::default();
            let mut frames = decoder.push(text.as_bytes()).unwrap();
            frames.extend(decoder.finish());
            frames
        };
        for cut in 0..=text.len() {
            let (before, after) = text.as_bytes().split_at(cut);
            let mut decoder = Decoder::default();
            let mut frames = decoder.push(before).unwrap();
            frames.extend(decoder.push(after).unwrap());
            frames.extend(decoder.finish());
            assert_eq!(frames, whole, "cut at {cut}");
        }
        whole
    }

    #[test]
    fn lines_end_in_every_way() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("data: a{end}data:b{end}{end}event: x{end}data:  c{end}{end}");
            assert_eq!(read(&text), [frame("", "a\nb"), frame("x", " c")], "{end:?}");
        }
    }

    #[test]
    fn comments_and_unknown_fields_say_nothing() {
        let text = ": hello\n\nid: 7\nretry: 5\nnonsense\ndata: 你好\n: more\n\n\n\nevent: lonely\n\n";
        assert_eq!(read(text), [frame("", "你好")]);
    }

    #[test]
    fn empty_data_is_data_and_a_mark_at_the_beginning_is_none() {
        assert_eq!(read("\u{feff}data\n\ndata:\n\n\u{feff}data: x\n\n"), [frame("", ""), frame("", "")]);
    }

    #[test]
    fn the_field_error_of_older_servers_is_data() {
        assert_eq!(read("error: {\"code\":500}\n\n"), [frame("error", "{\"code\":500}")]);
    }

    #[test]
    fn at_the_end_whole_lines_count_and_a_cut_one_does_not() {
        assert_eq!(read("data: a\n\ndata: [DONE]\n"), [frame("", "a"), frame("", "[DONE]")]);
        assert_eq!(read("data: a\n\ndata: [DO"), [frame("", "a")]);
    }

    #[test]
    fn what_is_no_utf8_is_replaced() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"data: a\xffb\n\n"), Ok(vec![frame("", "a\u{fffd}b")]));
    }

    #[test]
    fn a_line_over_the_limit_is_refused_and_all_after_it() {
        let mut decoder = Decoder::default();
        let most = format!("data: {}\n\n", "a".repeat(LINE_BYTES - 6));
        assert_eq!(decoder.push(most.as_bytes()).unwrap().len(), 1);
        let mut pushed = 0;
        while decoder.push(&[b'a'; 4096]).is_ok() {
            pushed += 4096;
        }
        assert_eq!(pushed, LINE_BYTES);
        assert_eq!(decoder.push(b"\n\ndata: x\n\n"), Err(TooLong));
    }

    #[test]
    fn many_lines_of_one_frame_are_held_to_the_same_limit() {
        let mut decoder = Decoder::default();
        let line = format!("data: {}\n", "a".repeat(4000));
        let pushed = (0..1000).take_while(|_| decoder.push(line.as_bytes()).is_ok()).count();
        assert!((200..300).contains(&pushed), "{pushed}");
    }
}
