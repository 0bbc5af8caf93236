//! Of a WebAssembly file, the names and sizes of its functions.

use std::collections::HashMap;

use wasmparser::{KnownCustom, Name, Parser, Payload, Result, TypeRef};

pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) size: usize,
}

/// Every function of the module that is not imported. Those without a name have an empty one.
pub(crate) fn functions(module: &[u8]) -> Result<Vec<Function>> {
    let (mut imported, mut sizes) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.as_bytes().len()),
            _ => {}
        }
    }
    let mut names = names(module)?;
    let named = |(index, size)| Function { name: names.remove(&index).unwrap_or_default(), size };
    Ok((imported..).zip(sizes).map(named).collect())
}

/// The names of functions by their index.
pub(crate) fn names(module: &[u8]) -> Result<HashMap<u32, String>> {
    let mut names = HashMap::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CustomSection(section) = payload?
            && let KnownCustom::Name(sections) = section.as_known()
        {
            for section in sections {
                if let Name::Function(functions) = section? {
                    for function in functions {
                        let function = function?;
                        names.insert(function.index, function.name.to_owned());
                    }
                }
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    #[test]
    fn functions_have_names_and_sizes() {
        let module = [
            &b"\0asm\x01\0\0\0"[..],
            b"\x01\x04\x01\x60\x00\x00",               // a type: nothing to nothing
            b"\x02\x07\x01\x01a\x01b\x00\x00",         // imports a.b, a function
            b"\x03\x02\x01\x00",                       // one function of type 0
            b"\x0a\x05\x01\x03\x00\x01\x0b",           // one function of three bytes
            b"\x00\x0c\x04name\x01\x05\x01\x01\x02hi", // function 1 is hi
        ]
        .concat();
        let functions = super::functions(&module).unwrap();
        assert_eq!(functions.len(), 1);
        assert_eq!((functions[0].name.as_str(), functions[0].size), ("hi", 3));
        assert!(super::functions(&module[..20]).is_err());
    }
}
