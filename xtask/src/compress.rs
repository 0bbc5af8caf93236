//! Compression as a good static host does it: brotli at its best, gzip for the rest.

use std::io::Write;

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use brotli::enc::backward_references::BrotliEncoderMode::{self, BROTLI_MODE_FONT, BROTLI_MODE_GENERIC};
use flate2::Compression;
use flate2::write::GzEncoder;

/// What a file is taken for, and the logarithm of the length that is looked at at once (0: as brotli thinks best). Which is best cannot
/// be known before.
const WAYS: [(BrotliEncoderMode, i32); 4] =
    [(BROTLI_MODE_GENERIC, 0), (BROTLI_MODE_GENERIC, 16), (BROTLI_MODE_FONT, 0), (BROTLI_MODE_FONT, 17)];

/// Quality 11, a window that holds the whole file, and of several ways the best: it is done once and sent often.
pub(crate) fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut best: Option<Vec<u8>> = None;
    for (mode, lgblock) in WAYS {
        let size_hint = bytes.len();
        let parameters =
            BrotliEncoderParams { quality: 11, lgwin: 22, size_hint, mode, lgblock, ..Default::default() };
        let mut compressed = Vec::new();
        brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &parameters)?;
        if best.as_ref().is_none_or(|best| compressed.len() < best.len()) {
            best = Some(compressed);
        }
    }
    best.context("there is a way")
}

pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
