//! Choices read off the front of some bytes, so that what a fuzzer changes in them changes one choice.

/// Bytes that are read as choices. At its end every choice is the first one.
pub struct Tape<'a> {
    rest: &'a [u8],
}

impl<'a> Tape<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Returns a number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        let number =
            if bound > 256 { usize::from(self.byte()) << 8 | usize::from(self.byte()) } else { self.byte().into() };
        number % bound.max(1)
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Returns so many bytes, or as many as are left.
    pub fn bytes(&mut self, most: usize) -> &'a [u8] {
        let (front, rest) = self.rest.split_at(most.min(self.rest.len()));
        self.rest = rest;
        front
    }
}

/// Puts other bytes in the place of some, as often as a tape says.
pub fn spliced(bytes: &[u8], tape: &mut Tape<'_>) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for _ in 0..tape.below(4) {
        let from = tape.below(changed.len() + 1);
        let to = (from + tape.below(6)).min(changed.len());
        let length = tape.below(9);
        changed.splice(from..to, tape.bytes(length).iter().copied());
    }
    changed
}
