//! Reads of a WebAssembly file only what tells functions' names and sizes: imports, code, and the name section.
//!
//! The format: <https://webassembly.github.io/spec/core/binary/>.

use std::collections::HashMap;

pub(super) struct Function {
    pub(super) name: String,
    pub(super) size: usize,
}

const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;

/// Every function of the module. None when it ends early or is something else.
pub(super) fn functions(module: &[u8]) -> Option<Vec<Function>> {
    let mut reader = Reader(module.strip_prefix(b"\0asm\x01\0\0\0")?);
    let (mut imported, mut sizes, mut names) = (0, Vec::new(), HashMap::new());
    while !reader.0.is_empty() {
        let id = reader.byte()?;
        let mut section = reader.part()?;
        match id {
            IMPORT => imported = imported_functions(&mut section)?,
            CODE => {
                for _ in 0..section.number()? {
                    sizes.push(section.part()?.0.len());
                }
            }
            CUSTOM if section.part()?.0 == b"name" => names = function_names(&mut section)?,
            _ => {}
        }
    }
    let named = |(index, size)| {
        let name = names.remove(&(imported + index)).unwrap_or_default();
        Function { name, size }
    };
    Some(sizes.into_iter().enumerate().map(named).collect())
}

fn imported_functions(section: &mut Reader<'_>) -> Option<usize> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.part()?; // module
        section.part()?; // name
        match section.byte()? {
            0 => {
                section.number()?;
                functions += 1;
            }
            1 => {
                section.byte()?;
                section.limits()?;
            }
            2 => section.limits()?,
            3 => {
                section.byte()?;
                section.byte()?;
            }
            _ => return None,
        }
    }
    Some(functions)
}

/// The subsection 1 of the name section.
fn function_names(section: &mut Reader<'_>) -> Option<HashMap<usize, String>> {
    let mut names = HashMap::new();
    while !section.0.is_empty() {
        let id = section.byte()?;
        let mut part = section.part()?;
        if id == 1 {
            for _ in 0..part.number()? {
                let index = part.number()?;
                names.insert(index, String::from_utf8_lossy(part.part()?.0).into_owned());
            }
        }
    }
    Some(names)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// LEB128, seven bits a byte.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A length and as many bytes.
    fn part(&mut self) -> Option<Reader<'a>> {
        let length = self.number()?;
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Reader(part))
    }

    fn limits(&mut self) -> Option<()> {
        let with_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if with_maximum {
            self.number()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_names_and_sizes() {
        let module = [
            &b"\0asm\x01\0\0\0"[..],
            b"\x02\x07\x01\x01a\x01b\x00\x00", // imports a.b, a function
            b"\x0a\x05\x01\x03\x00\x01\x0b",   // one function of three bytes
            b"\x00\x0c\x04name\x01\x05\x01\x01\x02hi", // function 1 is hi
        ]
        .concat();
        let functions = functions(&module).unwrap();
        assert_eq!(functions.len(), 1);
        assert_eq!((functions[0].name.as_str(), functions[0].size), ("hi", 3));
        assert!(super::functions(&module[..20]).is_none());
    }
}
