//! A limit with named exceptions that can only shrink.

/// Compares measured sizes with a limit and a table of exceptions; one sentence per complaint.
///
/// An exception must be needed and exact: larger than the limit, equal to the present size.
/// So the table never hides growth, and shrinking something means lowering its row.
pub fn complaints(
    limit: usize,
    measured: &[(String, usize)],
    exceptions: &[(&str, usize)],
) -> Vec<String> {
    let mut found = Vec::new();
    for (name, size) in measured.iter().filter(|(_, size)| *size > limit) {
        match exceptions.iter().find(|(exception, _)| exception == name) {
            None => found.push(format!("{name}: {size} lines, the limit is {limit}: split it")),
            Some((_, allowed)) if size > allowed => {
                found.push(format!(
                    "{name}: grew from {allowed} to {size} lines; it may only shrink"
                ));
            }
            Some((_, allowed)) if size < allowed => {
                found.push(format!("{name}: shrank to {size} lines, lower its row from {allowed}"));
            }
            Some(_) => {}
        }
    }
    for (name, _) in exceptions {
        if !measured.iter().any(|(m, size)| m == name && *size > limit) {
            found.push(format!("{name}: no longer above {limit} lines, delete its row"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row: measured size, exception, whether somebody has to act.
    #[test]
    fn an_exception_must_be_exact() {
        let rows = [
            (10, None, false),
            (11, None, true),
            (12, Some(12), false),
            (13, Some(12), true),
            (11, Some(12), true),
            (10, Some(12), true),
        ];
        for (size, exception, complains) in rows {
            let table: Vec<_> = exception.map(|n| ("a", n)).into_iter().collect();
            let found = complaints(10, &[("a".to_owned(), size)], &table);
            assert_eq!(!found.is_empty(), complains, "{size} {exception:?}: {found:?}");
        }
    }

    #[test]
    fn an_exception_for_something_gone_is_a_complaint() {
        assert_eq!(complaints(10, &[], &[("gone", 20)]).len(), 1);
    }
}
