//! Assigns lines to patterns that may come in any order: a bipartite matching that grows line by line. It knows neither
//! lines nor patterns, only which pattern accepts which line.

/// The assignment so far.
///
/// Lines are added as they come. As long as every line so far can have a pattern of its own, some full matching may
/// still come about; the first line with which that is impossible is the one to blame.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    /// For each pattern, its line.
    line_of: Vec<Option<usize>>,
    /// For each line, the patterns that accept it.
    accepted_by: Vec<Vec<usize>>,
}

impl Assignment {
    /// No lines yet, for this number of patterns.
    #[must_use]
    pub(super) fn new(patterns: usize) -> Self {
        Self { line_of: vec![None; patterns], accepted_by: Vec::new() }
    }

    /// Adds the next line, which these patterns accept. False if no full matching can use it.
    #[must_use]
    pub(super) fn add(&mut self, accepted_by: Vec<usize>) -> bool {
        self.accepted_by.push(accepted_by);
        let mut seen = vec![false; self.line_of.len()];
        self.place(self.accepted_by.len() - 1, &mut seen)
    }

    /// Whether every pattern has its line.
    #[must_use]
    pub(super) fn is_complete(&self) -> bool {
        self.line_of.iter().all(Option::is_some)
    }

    /// For each pattern, the number of its line.
    #[must_use]
    pub(super) fn lines(&self) -> &[Option<usize>] {
        &self.line_of
    }

    /// Finds a pattern for the line, moving lines that were placed before where needed (Kuhn's algorithm). A pattern
    /// is looked at once per line, so the recursion is at most as deep as there are patterns.
    fn place(&mut self, line: usize, seen: &mut [bool]) -> bool {
        for index in 0..self.accepted_by[line].len() {
            let pattern = self.accepted_by[line][index];
            if std::mem::replace(&mut seen[pattern], true) {
                continue;
            }
            if self.line_of[pattern].is_none_or(|other| self.place(other, seen)) {
                self.line_of[pattern] = Some(line);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_over_greedy_choice_is_taken_back() {
        let mut assignment = Assignment::new(2);
        assert!(assignment.add(vec![0, 1]));
        assert!(assignment.add(vec![0]), "the first line moves to the second pattern");
        assert_eq!(assignment.lines(), [Some(1), Some(0)]);
        assert!(assignment.is_complete());
    }

    #[test]
    fn the_first_line_that_cannot_be_used_is_refused() {
        let mut assignment = Assignment::new(3);
        assert!(assignment.add(vec![0]));
        assert!(!assignment.add(vec![0]));
    }

    /// Whether the lines can be placed, by trying everything.
    fn placeable(lines: &[Vec<usize>], used: &mut Vec<usize>) -> bool {
        let Some((first, rest)) = lines.split_first() else { return true };
        first.iter().any(|pattern| {
            if used.contains(pattern) {
                return false;
            }
            used.push(*pattern);
            let possible = placeable(rest, used);
            used.pop();
            possible
        })
    }

    proptest! {
        #[test]
        fn lines_are_refused_exactly_when_no_matching_can_use_them(
            lines in prop::collection::vec(prop::collection::vec(0_usize..5, 0..4), 1..6)
        ) {
            let mut assignment = Assignment::new(5);
            for (count, line) in lines.iter().enumerate() {
                let possible = placeable(&lines[..=count], &mut Vec::new());
                prop_assert_eq!(assignment.add(line.clone()), possible);
                if !possible { break; }
            }
        }
    }
}
