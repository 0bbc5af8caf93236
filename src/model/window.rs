//! Which rows of a long list are drawn, and where: arithmetic, and nothing of a browser.
//!
//! A hundred thousand rows have a height each, guessed until somebody measures it. Of them only those are drawn that are near what is
//! seen; the others are room above and below. What is being read is a row and where its top edge is: whatever changes around it,
//! [`Window::distance`] says how far to scroll so that it stays there. Distances are from the **end** of the list, where a
//! conversation begins to be read and where it grows.

use std::ops::Range;

/// So near the end counts as at the end; a fraction of a pixel is left over when the page is zoomed.
const AT_END: f64 = 4.0;

/// More rows than this are never drawn, however small they are (design, "Budgets": at most 300 in the page).
const MOST_ROWS: usize = 240;

/// Rows of a block: half of what a block may grow to. The square root of a hundred thousand or so, for blocks and rows are both
/// looked through one by one.
const BLOCK: usize = 256;

/// Rows that went, and rows that came in their place. What is in neither is what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splice {
    /// Where.
    pub at: usize,
    /// How many went.
    pub removed: usize,
    /// How many came.
    pub inserted: usize,
}

impl Splice {
    /// Where a row is afterwards; none when it went.
    #[must_use]
    pub const fn moved(&self, row: usize) -> Option<usize> {
        if row < self.at {
            Some(row)
        } else if row < self.at + self.removed {
            None
        } else {
            Some(row - self.removed + self.inserted)
        }
    }
}

/// The heights of all rows, in blocks that know their sum.
#[derive(Debug, Default)]
pub struct Heights {
    blocks: Vec<Block>,
}

#[derive(Debug, Default)]
struct Block {
    heights: Vec<f64>,
    sum: f64,
}

impl Block {
    fn of(heights: Vec<f64>) -> Self {
        let mut block = Self { heights, sum: 0.0 };
        block.add_up();
        block
    }

    /// Anew each time: adding and taking away would add up its errors.
    fn add_up(&mut self) {
        self.sum = self.heights.iter().sum();
    }
}

impl Heights {
    /// How many rows there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blocks.iter().map(|block| block.heights.len()).sum()
    }

    /// The height of all of them.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.blocks.iter().map(|block| block.sum).sum()
    }

    /// The block of a row, and where in it; behind the last row, the end of the last block.
    fn place(&self, row: usize) -> (usize, usize) {
        let mut rest = row;
        for (number, block) in self.blocks.iter().enumerate() {
            if rest < block.heights.len() {
                return (number, rest);
            }
            rest -= block.heights.len();
        }
        match self.blocks.last() {
            Some(last) => (self.blocks.len() - 1, last.heights.len()),
            None => (0, 0),
        }
    }

    /// The height of a row; 0 where there is none.
    #[must_use]
    pub fn get(&self, row: usize) -> f64 {
        let (block, within) = self.place(row);
        self.blocks.get(block).and_then(|block| block.heights.get(within)).copied().unwrap_or_default()
    }

    /// Gives a row another height.
    pub fn set(&mut self, row: usize, height: f64) {
        let (block, within) = self.place(row);
        if let Some(block) = self.blocks.get_mut(block)
            && let Some(known) = block.heights.get_mut(within)
        {
            *known = height;
            block.add_up();
        }
    }

    /// The height of all rows before this one.
    #[must_use]
    pub fn above(&self, row: usize) -> f64 {
        let (number, within) = self.place(row);
        let before: f64 = self.blocks[..number].iter().map(|block| block.sum).sum();
        before + self.blocks.get(number).map_or(0.0, |block| block.heights[..within].iter().sum())
    }

    /// The row at this distance from the start: the first that ends after it, or else the last.
    #[must_use]
    pub fn at(&self, offset: f64) -> usize {
        let (mut rest, mut row) = (offset, 0);
        for block in &self.blocks {
            if rest < block.sum {
                for height in &block.heights {
                    if rest < *height {
                        return row;
                    }
                    rest -= height;
                    row += 1;
                }
                return row.saturating_sub(1); // what rounding left over
            }
            rest -= block.sum;
            row += block.heights.len();
        }
        row.saturating_sub(1)
    }

    /// Takes rows out and puts others in.
    pub fn splice(&mut self, at: usize, removed: usize, inserted: impl IntoIterator<Item = f64>) {
        let (number, within) = self.place(at);
        let mut left = removed;
        let mut from = within;
        for block in self.blocks.iter_mut().skip(number) {
            let here = left.min(block.heights.len() - from);
            block.heights.drain(from..from + here);
            block.add_up();
            left -= here;
            from = 0;
            if left == 0 {
                break;
            }
        }
        if self.blocks.is_empty() {
            self.blocks.push(Block::default());
        }
        let block = &mut self.blocks[number];
        block.heights.splice(within..within, inserted);
        if block.heights.len() > 2 * BLOCK {
            let heights = std::mem::take(&mut block.heights);
            let parts = heights.chunks(BLOCK).map(|part| Block::of(part.to_vec()));
            self.blocks.splice(number..=number, parts);
        } else {
            block.add_up();
        }
        self.blocks.retain(|block| !block.heights.is_empty());
    }
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// The end, and what will come there.
    End,
    /// A row, whose top edge is so far below the top edge of what is seen.
    Row {
        /// Which row.
        row: usize,
        /// How far below; negative when it begins above.
        top: f64,
    },
}

/// A list, and what is seen of it.
#[derive(Debug)]
pub struct Window {
    heights: Heights,
    place: Place,
    seen: f64,
    after: f64,
}

impl Default for Window {
    fn default() -> Self {
        Self { heights: Heights::default(), place: Place::End, seen: 0.0, after: 0.0 }
    }
}

impl Window {
    /// How much is seen at once, and how much there is behind the last row.
    pub const fn resize(&mut self, seen: f64, after: f64) {
        (self.seen, self.after) = (seen, after);
    }

    /// How much is seen at once.
    #[must_use]
    pub const fn seen(&self) -> f64 {
        self.seen
    }

    /// The rows' heights.
    #[must_use]
    pub const fn heights(&self) -> &Heights {
        &self.heights
    }

    /// Rows came and went; of those that came the heights are guessed. The row that is read stays what it is; if it went, the next
    /// one is in its place.
    pub fn splice(&mut self, splice: Splice, guesses: impl IntoIterator<Item = f64>) {
        self.heights.splice(splice.at, splice.removed, guesses);
        if let Place::Row { row, top } = self.place {
            let last = self.heights.count().checked_sub(1);
            self.place = match (splice.moved(row).unwrap_or(splice.at + splice.inserted), last) {
                (_, None) => Place::End,
                (row, Some(last)) => Place::Row { row: row.min(last), top },
            };
        }
    }

    /// A row was measured; says whether it is of another height than was known.
    pub fn measured(&mut self, row: usize, height: f64) -> bool {
        // Browsers count in 64ths of a pixel.
        let other = (self.heights.get(row) - height).abs() > 1.0 / 64.0;
        if other {
            self.heights.set(row, height);
        }
        other
    }

    /// The reader scrolled: the end is so far below what is seen. What is read now is the end, or the first row that begins in what is
    /// seen; the one at the top edge when it fills all of it.
    pub fn scrolled_to(&mut self, distance: f64) {
        self.place = if distance <= AT_END || self.heights.count() == 0 {
            Place::End
        } else {
            let top = self.top_at(distance);
            let row = self.heights.at(top);
            let (begins, next) = (self.heights.above(row) - top, self.heights.above(row + 1) - top);
            if begins < -0.5 && row + 1 < self.heights.count() && next < self.seen {
                Place::Row { row: row + 1, top: next }
            } else {
                Place::Row { row, top: begins }
            }
        };
    }

    /// Goes to another place.
    pub const fn go(&mut self, place: Place) {
        self.place = place;
    }

    /// What is seen begins so much further down on the screen, for a banner came above it, and what is read stays where it was.
    pub fn shift(&mut self, down: f64) {
        if let Place::Row { top, .. } = &mut self.place {
            *top -= down;
        }
    }

    /// What is being read.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// The end is read: what comes there is to be seen.
    #[must_use]
    pub const fn follows(&self) -> bool {
        matches!(self.place, Place::End)
    }

    /// How far below what is seen the end has to be, so that what is being read is where it was.
    #[must_use]
    pub fn distance(&self) -> f64 {
        match self.place {
            Place::End => 0.0,
            Place::Row { row, top } => {
                let below = self.heights.total() - self.heights.above(row) + self.after;
                (below - (self.seen - top)).max(0.0)
            }
        }
    }

    /// How far from the start of the list what is seen begins, at this distance from the end.
    fn top_at(&self, distance: f64) -> f64 {
        self.heights.total() + self.after - distance - self.seen
    }

    /// How far from the start of the list what is seen begins.
    #[must_use]
    pub fn top(&self) -> f64 {
        self.top_at(self.distance())
    }

    /// The rows of which something is seen, or would be with so much more room above and below.
    #[must_use]
    pub fn rows(&self, around: f64) -> Range<usize> {
        let count = self.heights.count();
        if count == 0 {
            return 0..0;
        }
        let top = self.top();
        let from = self.heights.at((top - around).max(0.0));
        let to = self.heights.at((top + self.seen + around).max(0.0)) + 1;
        if to - from <= MOST_ROWS {
            return from..to;
        }
        // What is seen goes before what is near it.
        let from = from.max(self.heights.at(top.max(0.0)).saturating_sub(MOST_ROWS / 4));
        from..to.min(from + MOST_ROWS)
    }

    /// The room that rows take.
    #[must_use]
    pub fn room(&self, rows: Range<usize>) -> f64 {
        (self.heights.above(rows.end) - self.heights.above(rows.start)).max(0.0)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
