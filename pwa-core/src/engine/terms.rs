//! The terms of a sum over a sample: weights, background, groups of smeared events.

use thiserror::Error;

use crate::expr::TILE;

/// What stands beside the intensities in sums over a sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// w of each term.
    pub weights: Vec<f64>,
    /// b of each term, of each part of a background.
    pub backgrounds: Vec<Vec<f64>>,
    groups: Option<Groups>,
}

/// Terms that are groups of consecutive events.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// Events of each term.
    pub sizes: Vec<usize>,
    /// u of each event.
    pub shares: Vec<f64>,
}

/// Why events cannot be grouped like this.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GroupError {
    #[error("group {group} has {size} events: 1 to {TILE} are possible")]
    Size { group: usize, size: usize },
    #[error("{groups} groups need as many weights: there are {weights}")]
    Weights { groups: usize, weights: usize },
    #[error("the groups hold {events} events: there are {shares} shares")]
    Shares { events: usize, shares: usize },
}

impl From<Vec<f64>> for Terms {
    /// One event a term.
    fn from(weights: Vec<f64>) -> Self {
        Self {
            weights,
            ..Self::default()
        }
    }
}

impl Terms {
    /// Terms of `sizes` consecutive events each, which count with `shares`.
    ///
    /// # Errors
    /// When numbers do not match or a group is empty or longer than a tile.
    pub fn grouped(
        weights: Vec<f64>,
        sizes: Vec<usize>,
        shares: Vec<f64>,
    ) -> Result<Self, GroupError> {
        if let Some(group) = sizes.iter().position(|&size| size == 0 || size > TILE) {
            let size = sizes[group];
            return Err(GroupError::Size { group, size });
        }
        if sizes.len() != weights.len() {
            return Err(GroupError::Weights {
                groups: sizes.len(),
                weights: weights.len(),
            });
        }
        let events: usize = sizes.iter().sum();
        if events != shares.len() {
            return Err(GroupError::Shares {
                events,
                shares: shares.len(),
            });
        }
        Ok(Self {
            weights,
            backgrounds: Vec::new(),
            groups: Some(Groups { sizes, shares }),
        })
    }

    /// With a further background b of each term.
    pub fn with_background(mut self, background: Vec<f64>) -> Self {
        self.backgrounds.push(background);
        self
    }

    pub fn events(&self) -> usize {
        match &self.groups {
            Some(groups) => groups.shares.len(),
            None => self.weights.len(),
        }
    }

    pub fn groups(&self) -> Option<&Groups> {
        self.groups.as_ref()
    }

    /// The events and terms at which tiles of up to `tile` events begin, with the end of the last.
    /// No group is cut.
    pub(super) fn tiles(&self, tile: usize) -> Vec<TileStart> {
        let mut starts = vec![TileStart { event: 0, term: 0 }];
        let Some(groups) = &self.groups else {
            let events = self.weights.len();
            starts.extend((1..=events.div_ceil(tile)).map(|n| {
                let end = (n * tile).min(events);
                TileStart {
                    event: end,
                    term: end,
                }
            }));
            return starts;
        };
        let (mut event, mut begin) = (0, 0);
        for (term, size) in groups.sizes.iter().enumerate() {
            if event + size - begin > tile {
                starts.push(TileStart { event, term });
                begin = event;
            }
            event += size;
        }
        if event > begin {
            let term = groups.sizes.len();
            starts.push(TileStart { event, term });
        }
        starts
    }

    /// The longest group.
    pub(super) fn longest(&self) -> usize {
        let sizes = self.groups.iter().flat_map(|groups| &groups.sizes);
        sizes.copied().max().unwrap_or(1)
    }
}

/// Where a tile begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileStart {
    pub event: usize,
    pub term: usize,
}
