//! The local chat service.
fn main() {}
