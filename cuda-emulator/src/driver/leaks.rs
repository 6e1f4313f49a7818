//! What a program left behind when its context or the program itself ended, after errors too.

use super::session::Session;
use crate::memory::locked;

impl Session {
    /// A line for each kind of thing that is left on a card. They are told once.
    pub fn report_leaks(&self, ordinal: usize, when: &str) {
        let left = [
            self.left_memory(ordinal),
            self.left_pinned(ordinal),
            left(
                "module",
                self.modules.remove_if(|module| module.card == ordinal),
            ),
            left(
                "stream",
                self.streams.remove_if(|stream| stream.card == ordinal),
            ),
            left(
                "event",
                self.events.remove_if(|event| event.card == ordinal),
            ),
        ];
        for what in left.into_iter().flatten() {
            self.report
                .leak(&format!("{what} ({when}, device {ordinal})"));
        }
    }

    fn left_memory(&self, ordinal: usize) -> Option<String> {
        let mut memory = locked(self.cards[ordinal].memory.write());
        let left: Vec<_> = memory.program_allocations().cloned().collect();
        for allocation in &left {
            // It was in the list a moment ago.
            let _ = memory.free(allocation.base);
        }
        // Addresses grow.
        let first = &left.first()?.owner;
        let bytes: u64 = left
            .iter()
            .map(|allocation| allocation.region.bytes())
            .sum();
        let count = left.len();
        Some(format!(
            "{count} allocation(s), {bytes} bytes, not freed, first {first}"
        ))
    }

    /// The memory itself stays: pointers into it may be about.
    fn left_pinned(&self, ordinal: usize) -> Option<String> {
        let (mut count, mut bytes) = (0, 0);
        locked(self.pinned.lock()).retain(|_, pinned| {
            let is_left = pinned.card == ordinal;
            if is_left {
                count += 1;
                bytes += pinned.bytes;
            }
            !is_left
        });
        (count > 0).then(|| format!("{count} piece(s) of pinned memory, {bytes} bytes, not freed"))
    }
}

fn left(what: &str, count: usize) -> Option<String> {
    (count > 0).then(|| format!("{count} {what}(s) not destroyed"))
}
