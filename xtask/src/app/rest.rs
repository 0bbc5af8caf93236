//! Cuts the app's code once more: into what a visit runs, and the rest, which comes right after.
//!
//! Where `views/later.rs` cuts along the screen, this cuts through everything: which functions are the rest says `rest.txt`, a list of
//! those that no visit called when `cargo xtask visits` watched. Each that the first file refers to has a place in its table of
//! functions; in the first file stands a stub that calls what is in that place. The second file puts its functions there. A stub that
//! finds its place empty has the second file brought first (`start.js`). A function that is not in the list, since it is new, is in
//! the first file, where it costs bytes and nothing else.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;

use anyhow::{Context, Result, bail};
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, CustomSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, ImportSection, Instruction, Module, TableType, TypeSection, ValType,
};
use wasmparser::{
    CompositeInnerType, ElementItems, ExternalKind, FunctionBody, GlobalType, ImportSectionReader, MemoryType,
    Operator, Parser, Payload, TypeRef, TypeSectionReader,
};

use crate::wasm;

/// Where the first file finds what brings the rest: among what wasm-bindgen's script offers.
const SCRIPT: &str = "./natter_bg.js";
pub(super) const BRING: &str = "bringRest";
/// The module of everything that the rest takes from the first file.
const FIRST: &str = "first";
/// The table of functions is the first.
const FUNCTIONS: u32 = 0;

/// The two files.
pub(super) struct Cut {
    pub(super) first: Vec<u8>,
    pub(super) rest: Vec<u8>,
}

/// Cuts off the functions whose names are these. They are Rust's own, without hashes ([`plain`]).
pub(super) fn cut(module: &[u8], is_rest: impl Fn(&str) -> bool) -> Result<Cut> {
    let shape = Shape::of(module).context("the wasm is not understood")?;
    let names = wasm::names(module).context("the names in the wasm are not understood")?;
    let named = |index: &u32| names.get(index).is_some_and(|name| is_rest(&plain(name)));
    let rest: BTreeSet<u32> = (shape.imported..shape.functions()).filter(named).collect();
    let (mut stubs, mut shared) = (BTreeMap::new(), BTreeSet::new());
    let end = shape.tables.first().context("the wasm has no table of functions")?.minimum;
    let bodies = (shape.imported..).zip(&shape.calls);
    let calls = bodies.flat_map(|(caller, calls)| calls.iter().map(move |called| (Some(caller), *called)));
    for (caller, called) in calls.chain(shape.named.iter().map(|called| (None, *called))) {
        let place = u32::try_from(end)? + u32::try_from(stubs.len())?;
        match (caller.is_some_and(|caller| rest.contains(&caller)), rest.contains(&called)) {
            (false, true) => drop(stubs.entry(called).or_insert(place)),
            (true, false) => drop(shared.insert(called)),
            _ => {}
        }
    }
    let first = First { shape: &shape, rest: &rest, stubs: &stubs, shared: &shared, next: shape.imported };
    Ok(Cut { first: first.write(module)?, rest: second(module, &shape, &rest, &stubs, &shared)? })
}

/// Has each function tell the script its number when it is called.
pub(super) fn trace(module: &[u8]) -> Result<Vec<u8>> {
    let shape = Shape::of(module).context("the wasm is not understood")?;
    let mut traced = Module::new();
    let mut tracer = Tracer { next: shape.imported, imported: shape.imported, types: shape.parameters.len() };
    tracer.parse_core_module(&mut traced, Parser::new(0), module).context("the wasm is not understood")?;
    Ok(traced.finish())
}

/// A function's name as it stays from one build to the next: as Rust writes it, without the hashes of crates.
pub(super) fn plain(name: &str) -> String {
    let demangled = format!("{:#}", rustc_demangle::demangle(name));
    let mut plain = String::with_capacity(demangled.len());
    let mut rest = demangled.as_str();
    while let Some(start) = rest.find('[') {
        let (before, after) = rest.split_at(start);
        plain.push_str(before);
        let hash = after[1..].split(']').next().unwrap_or_default();
        let is_hash = hash.len() > 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        rest = if is_hash { &after[hash.len() + 2..] } else { plain.push('['); &after[1..] };
    }
    plain.push_str(rest);
    plain
}

/// What a module is made of, as far as cutting it needs to know.
#[derive(Default)]
struct Shape {
    /// How many functions are imported; they come first.
    imported: u32,
    /// The type of each function.
    types: Vec<u32>,
    /// How many parameters each type has.
    parameters: Vec<usize>,
    tables: Vec<wasmparser::TableType>,
    memory: Option<MemoryType>,
    globals: Vec<GlobalType>,
    /// The functions that each of the module's own calls.
    calls: Vec<Vec<u32>>,
    /// Those that are in a table, or exported.
    named: Vec<u32>,
}

impl Shape {
    fn of(module: &[u8]) -> Result<Self> {
        let mut shape = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(types) => {
                    for group in types {
                        for kind in group?.types() {
                            let CompositeInnerType::Func(function) = &kind.composite_type.inner else {
                                bail!("a type is not a function's")
                            };
                            shape.parameters.push(function.params().len());
                        }
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let TypeRef::Func(kind) = import?.ty else { bail!("imported is not a function") };
                        shape.types.push(kind);
                        shape.imported += 1;
                    }
                }
                Payload::FunctionSection(functions) => {
                    for kind in functions {
                        shape.types.push(kind?);
                    }
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        shape.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        shape.memory = Some(memory?);
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        shape.globals.push(global?.ty);
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            shape.named.push(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => shape.named.push(func),
                Payload::ElementSection(elements) => {
                    for element in elements {
                        shape.named.extend(items(element?.items)?);
                    }
                }
                Payload::CodeSectionEntry(body) => shape.calls.push(calls(&body)?),
                _ => {}
            }
        }
        Ok(shape)
    }

    fn functions(&self) -> u32 {
        u32::try_from(self.types.len()).unwrap_or(u32::MAX)
    }

    /// The type of a function.
    fn type_of(&self, function: u32) -> u32 {
        self.types[function as usize]
    }
}

/// The functions in a part of a table.
fn items(items: ElementItems<'_>) -> Result<Vec<u32>> {
    let mut functions = Vec::new();
    match items {
        ElementItems::Functions(items) => {
            for function in items {
                functions.push(function?);
            }
        }
        ElementItems::Expressions(_, items) => {
            for item in items {
                for operator in item?.get_operators_reader() {
                    if let Operator::RefFunc { function_index } = operator? {
                        functions.push(function_index);
                    }
                }
            }
        }
    }
    Ok(functions)
}

/// The functions that a body calls.
fn calls(body: &FunctionBody<'_>) -> Result<Vec<u32>> {
    let mut calls = Vec::new();
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                calls.push(function_index);
            }
            Operator::RefFunc { .. } | Operator::MemoryInit { .. } | Operator::TableInit { .. } => {
                bail!("code that cannot be moved to another file")
            }
            _ => {}
        }
    }
    Ok(calls)
}

/// By what name the first file hands something to the rest.
fn handed(kind: &str, index: impl std::fmt::Display) -> String {
    format!("{kind}{index}")
}

/// Writes the first file: the module with stubs in the place of the rest.
struct First<'a> {
    shape: &'a Shape,
    rest: &'a BTreeSet<u32>,
    /// The functions of the rest that the first file refers to, with their places in the table.
    stubs: &'a BTreeMap<u32, u32>,
    /// The functions of the first file that the rest calls.
    shared: &'a BTreeSet<u32>,
    /// The function whose body comes next.
    next: u32,
}

impl First<'_> {
    fn write(mut self, module: &[u8]) -> Result<Vec<u8>> {
        let mut first = Module::new();
        self.parse_core_module(&mut first, Parser::new(0), module).context("the wasm is not understood")?;
        Ok(first.finish())
    }

    /// Calls what is in the table, with what it was called with.
    fn stub(&self, function: u32, place: u32) -> Function {
        let mut stub = Function::new([]);
        let kind = self.shape.type_of(function);
        let place = Instruction::I32Const(place.cast_signed());
        stub.instruction(&place)
            .instruction(&Instruction::TableGet(FUNCTIONS))
            .instruction(&Instruction::RefIsNull)
            .instruction(&Instruction::If(BlockType::Empty))
            .instruction(&Instruction::Call(self.shape.imported))
            .instruction(&Instruction::End);
        for parameter in (0..).take(self.shape.parameters[kind as usize]) {
            stub.instruction(&Instruction::LocalGet(parameter));
        }
        stub.instruction(&place)
            .instruction(&Instruction::CallIndirect { type_index: kind, table_index: FUNCTIONS })
            .instruction(&Instruction::End);
        stub
    }
}

impl Reencode for First<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(after_one_more_import(function, self.shape.imported))
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        utils::parse_import_section(self, imports, section)?;
        imports.import(SCRIPT, BRING, EntityType::Function(self.shape.parameters.len() as u32));
        Ok(())
    }

    fn table_type(
        &mut self,
        table: wasmparser::TableType,
    ) -> Result<TableType, reencode::Error<Infallible>> {
        let mut larger = utils::table_type(self, table)?;
        if table.element_type == wasmparser::RefType::FUNCREF {
            larger.minimum += self.stubs.len() as u64;
            larger.maximum = larger.maximum.map(|maximum| maximum + self.stubs.len() as u64);
        }
        Ok(larger)
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(&handed("m", 0), ExportKind::Memory, 0);
        for index in (0..).take(self.shape.tables.len()) {
            exports.export(&handed("t", index), ExportKind::Table, index);
        }
        for index in (0..).take(self.shape.globals.len()) {
            exports.export(&handed("g", index), ExportKind::Global, index);
        }
        for (number, function) in self.shared.iter().enumerate() {
            let function = after_one_more_import(*function, self.shape.imported);
            exports.export(&handed("f", number), ExportKind::Func, function);
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        let function = self.next;
        self.next += 1;
        match self.stubs.get(&function) {
            Some(place) => drop(code.function(&self.stub(function, *place))),
            // Only the rest calls it; the optimiser takes it away.
            None if self.rest.contains(&function) => {
                let mut nothing = Function::new([]);
                nothing.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
                code.function(&nothing);
            }
            None => utils::parse_function_body(self, code, body)?,
        }
        Ok(())
    }
}

/// The number of a function when one more is imported.
fn after_one_more_import(function: u32, imported: u32) -> u32 {
    function + u32::from(function >= imported)
}

/// Writes the second file.
fn second(
    module: &[u8],
    shape: &Shape,
    rest: &BTreeSet<u32>,
    stubs: &BTreeMap<u32, u32>,
    shared: &BTreeSet<u32>,
) -> Result<Vec<u8>> {
    let mut moved = Moved((0..).zip(shared.iter().chain(rest)).map(|(new, old)| (*old, new)).collect());
    let (mut types, mut imports, mut functions) =
        (TypeSection::new(), ImportSection::new(), FunctionSection::new());
    for (number, function) in shared.iter().enumerate() {
        imports.import(FIRST, &handed("f", number), EntityType::Function(shape.type_of(*function)));
    }
    let memory = shape.memory.context("the wasm has no memory")?;
    imports.import(FIRST, &handed("m", 0), EntityType::Memory(utils::memory_type(&mut moved, memory)?));
    for (index, table) in shape.tables.iter().enumerate() {
        // It is larger there, which fits.
        let mut table = utils::table_type(&mut moved, *table)?;
        table.maximum = None;
        imports.import(FIRST, &handed("t", index), EntityType::Table(table));
    }
    for (index, global) in shape.globals.iter().enumerate() {
        let global = utils::global_type(&mut moved, *global)?;
        imports.import(FIRST, &handed("g", index), EntityType::Global(global));
    }
    for function in rest {
        functions.function(shape.type_of(*function));
    }
    let mut elements = ElementSection::new();
    let mut placed: Vec<(u32, u32)> = stubs.iter().map(|(function, place)| (*place, *function)).collect();
    placed.sort_unstable();
    if let Some((start, _)) = placed.first() {
        let start = wasm_encoder::ConstExpr::i32_const(start.cast_signed());
        let functions: Vec<u32> = placed.iter().map(|(_, function)| moved.0[function]).collect();
        elements.active(Some(FUNCTIONS), &start, Elements::Functions(Cow::Owned(functions)));
    }
    let (mut code, mut features) = (CodeSection::new(), None);
    let mut next = shape.imported;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TypeSection(section) => moved.parse_type_section(&mut types, section)?,
            Payload::CodeSectionEntry(body) => {
                if rest.contains(&next) {
                    moved.parse_function_body(&mut code, body)?;
                }
                next += 1;
            }
            Payload::CustomSection(section) if section.name() == "target_features" => {
                features = Some(section.data());
            }
            _ => {}
        }
    }
    let mut second = Module::new();
    second.section(&types).section(&imports).section(&functions).section(&elements).section(&code);
    if let Some(data) = features {
        second.section(&CustomSection { name: "target_features".into(), data: data.into() });
    }
    Ok(second.finish())
}

/// Numbers of functions in the second file, by those in the whole.
struct Moved(HashMap<u32, u32>);

impl Reencode for Moved {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(self.0[&function])
    }
}

/// Puts a call to the script before each body.
struct Tracer {
    next: u32,
    imported: u32,
    types: usize,
}

impl Reencode for Tracer {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(after_one_more_import(function, self.imported))
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        utils::parse_import_section(self, imports, section)?;
        imports.import(SCRIPT, BRING, EntityType::Function(self.types as u32));
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        function.instruction(&Instruction::I32Const(self.next.cast_signed()));
        function.instruction(&Instruction::Call(self.imported));
        self.next += 1;
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            function.instruction(&self.parse_instruction(&mut reader)?);
        }
        code.function(&function);
        Ok(())
    }
}
