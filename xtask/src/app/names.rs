//! Short names between the wasm and its script: those that wasm-bindgen makes were a fortieth of the first load, since each has a hash
//! that does not compress.

use std::collections::HashMap;
use std::convert::Infallible;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{ExportSection, ImportSection, Module};
use wasmparser::{Export, Import, ImportSectionReader, Parser};

/// What the names begin with that only the two of them know.
const MADE_UP: [&str; 3] = ["__wbg_", "__wbindgen_", "wasm_bindgen_"];

/// The short names that were given, by the long ones.
#[derive(Default)]
pub(super) struct Names(HashMap<String, String>);

impl Names {
    /// The wasm with short names.
    pub(super) fn shorten(&mut self, wasm: &[u8]) -> Result<Vec<u8>> {
        let mut module = Module::new();
        self.parse_core_module(&mut module, Parser::new(0), wasm).context("the wasm is not understood")?;
        Ok(module.finish())
    }

    /// The script with the names that the wasm was given, and without what the optimiser found the wasm not to need.
    pub(super) fn adapt(&self, script: &str) -> String {
        let script = self.needed(script);
        let mut adapted = String::with_capacity(script.len());
        let mut rest = script.as_str();
        while !rest.is_empty() {
            let word = rest.find(|letter| !in_word(letter)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(word);
            adapted.push_str(self.0.get(word).map_or(word, String::as_str));
            let next = after.find(in_word).unwrap_or(after.len());
            adapted.push_str(&after[..next]);
            rest = &after[next..];
        }
        adapted
    }

    /// Without the functions that it offers to the wasm by names that this does not have. Each is a property that begins on a line of
    /// its own and ends on one with the same indentation.
    fn needed(&self, script: &str) -> String {
        const INDENT: &str = "        ";
        let mut needed = String::with_capacity(script.len());
        let mut within = false;
        for line in script.lines() {
            let property = line.strip_prefix(INDENT).filter(|rest| !rest.starts_with(' '));
            let name = property.and_then(|rest| rest.split_once(": function(")).map(|(name, _)| name);
            within |= name.is_some_and(|name| is_made_up(name) && !self.0.contains_key(name));
            if !within {
                needed.push_str(line);
                needed.push('\n');
            }
            within &= !property.is_some_and(|rest| rest.starts_with('}'));
        }
        needed
    }

    fn short(&mut self, name: &str) -> String {
        if !is_made_up(name) {
            return name.to_owned();
        }
        let next = self.0.len();
        self.0.entry(name.to_owned()).or_insert_with(|| format!("_{next:x}")).clone()
    }
}

fn is_made_up(name: &str) -> bool {
    MADE_UP.iter().any(|start| name.starts_with(start))
}

fn in_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'
}

impl Reencode for Names {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        for import in section.into_imports() {
            let import = import?;
            let name = self.short(import.name);
            utils::parse_import(self, imports, Import { name: &name, ..import })?;
        }
        Ok(())
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: Export<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        let name = self.short(export.name);
        utils::parse_export(self, exports, Export { name: &name, ..export })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_get_the_same_names() {
        let wasm = [
            &b"\0asm\x01\0\0\0"[..],
            b"\x01\x04\x01\x60\x00\x00", // a type: nothing to nothing
            b"\x02\x11\x01\x03js.\x09__wbg_a_7\x00\x00", // imports it from js.
            b"\x07\x17\x02\x06memory\x00\x00\x0a__wbg_a_77\x00\x00", // exports it twice
        ]
        .concat();
        let mut names = Names::default();
        let short = names.shorten(&wasm).unwrap();
        let text = String::from_utf8_lossy(&short);
        assert!(text.contains("js.\u{2}_0") && text.contains("memory") && text.contains("_1"), "{text}");
        assert!(!text.contains("__wbg"), "{text}");
        assert_eq!(
            names.adapt("__wbg_a_7: __wbg_a_77(__wbg_a_777, memory.é)"),
            "_0: _1(__wbg_a_777, memory.é)\n"
        );
        let offered = "{\n        __wbg_a_7: function() {\n            a();\n        },\n        \
            __wbg_b_7: function() {\n            return b(() => {\n            });\n        },\n        memory: function() {\n        }\n}";
        assert_eq!(
            names.adapt(offered),
            "{\n        _0: function() {\n            a();\n        },\n        memory: function() {\n        }\n}\n"
        );
        assert!(Names::default().shorten(&wasm[..20]).is_err());
    }
}
