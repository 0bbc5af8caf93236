//! What nothing calls, and the optimiser cannot know: streams of server functions, which Leptos brings along. Nothing here has any.
//!
//! Their classes are exported, and what is in the table of functions counts as called. So the exports go, and in the table
//! another function stands in their place.

use std::convert::Infallible;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{Elements, Module};
use wasmparser::{ElementItems, Parser};

use crate::wasm;

/// In the names of all of it: the crate's, and those of its classes.
pub(super) const UNUSED: [&str; 2] = ["wasm_streams", "intounderlying"];

/// The wasm without it in the table of functions.
pub(super) fn clear(module: &[u8]) -> Result<Vec<u8>> {
    let names = wasm::names(module).context("the names in the wasm are not understood")?;
    let unused = |name: &str| UNUSED.iter().any(|part| name.contains(part));
    let indices = names.into_iter().filter(|(_, name)| unused(name)).map(|(index, _)| index).collect();
    let mut cleared = Module::new();
    Clear { unused: indices }
        .parse_core_module(&mut cleared, Parser::new(0), module)
        .context("the wasm is not understood")?;
    Ok(cleared.finish())
}

struct Clear {
    unused: Vec<u32>,
}

impl Reencode for Clear {
    type Error = Infallible;

    fn element_items<'a>(&mut self, items: ElementItems<'a>) -> Result<Elements<'a>, Error<Infallible>> {
        let ElementItems::Functions(functions) = items else { return utils::element_items(self, items) };
        let functions: Vec<u32> = functions.into_iter().collect::<wasmparser::Result<_>>()?;
        let other = functions.iter().copied().find(|index| !self.unused.contains(index));
        let cleared = functions.into_iter().map(|index| match other {
            Some(other) if self.unused.contains(&index) => other,
            _ => index,
        });
        Ok(Elements::Functions(cleared.collect()))
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::{ElementItems, Payload};

    use super::*;

    #[test]
    fn the_table_keeps_its_places() {
        let module = [
            &b"\0asm\x01\0\0\0"[..],
            b"\x01\x04\x01\x60\x00\x00", // a type: nothing to nothing
            b"\x03\x03\x02\x00\x00",     // two functions of it
            b"\x04\x04\x01\x70\x00\x02", // a table of two
            b"\x09\x08\x01\x00\x41\x00\x0b\x02\x00\x01", // both in it
            b"\x0a\x07\x02\x02\x00\x0b\x02\x00\x0b", // their code
            b"\x00\x1a\x04name\x01\x13\x02\x00\x02hi\x01\x0cwasm_streams", // their names
        ]
        .concat();
        let cleared = clear(&module).unwrap();
        let mut table = Vec::new();
        for payload in Parser::new(0).parse_all(&cleared) {
            if let Payload::ElementSection(section) = payload.unwrap() {
                for element in section {
                    let ElementItems::Functions(functions) = element.unwrap().items else { panic!() };
                    table.extend(functions.into_iter().map(Result::unwrap));
                }
            }
        }
        assert_eq!(table, [0, 0]);
    }
}
