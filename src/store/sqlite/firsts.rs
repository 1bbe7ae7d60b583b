//! The number of the first line of each place, which is told to whoever enters it: known without asking the disk.

use std::collections::BTreeMap;
use std::sync::Mutex;

use rusqlite::{Connection, OptionalExtension};

use super::columns::{integer, natural};
use crate::hub::{LinesEffect, PlaceId, Record};
use crate::lock::Locked;

/// Where the lines of each place begin.
#[derive(Debug, Default)]
pub(super) struct Firsts(Mutex<BTreeMap<PlaceId, u64>>);

impl Firsts {
    /// Those of the places that these records tell of.
    pub(super) fn new(tables: &Connection, records: &[Record]) -> rusqlite::Result<Self> {
        let mut firsts = BTreeMap::new();
        let mut first = tables.prepare("SELECT number FROM line WHERE place = ?1 ORDER BY number LIMIT 1")?;
        for record in records {
            if let Record::Place { place, name: _, number } | Record::Pair { place, ends: _, number } = record {
                let found = first.query_row([integer(place.number())], |row| natural(row, 0)).optional()?;
                firsts.insert(*place, found.unwrap_or(number + 1));
            }
        }
        Ok(Self(Mutex::new(firsts)))
    }

    pub(super) fn of(&self, place: PlaceId) -> Option<u64> {
        self.0.locked().get(&place).copied()
    }

    /// Takes note of places that are opened and forgotten. A line never changes where the lines of its place begin.
    pub(super) fn note(&self, record: &Record) {
        match record.effect_on_lines() {
            LinesEffect::Begun(place, number) => {
                self.0.locked().entry(place).or_insert(number + 1);
            }
            LinesEffect::Gone(place) => {
                self.0.locked().remove(&place);
            }
            LinesEffect::Added(_) | LinesEffect::None => {}
        }
    }

    /// Lines were pruned: those of these places begin here now.
    pub(super) fn move_on(&self, beginnings: Vec<(PlaceId, u64)>) {
        let mut firsts = self.0.locked();
        for (place, number) in beginnings {
            if let Some(first) = firsts.get_mut(&place) {
                *first = number;
            }
        }
    }
}
