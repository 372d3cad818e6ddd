use proptest::prelude::*;

use super::*;

type Graph = BorrowGraph<u8>;

const fn id(number: usize) -> ReferenceId {
    ReferenceId(number)
}

/// Five references without edges, every second one mutable.
fn references() -> Graph {
    let mut graph = Graph::new();
    for number in 0..5 {
        graph.add(id(number), number % 2 == 0).unwrap();
    }
    graph
}

/// The edges as (parent, strong, path, child).
fn edges(graph: &Graph) -> Vec<(usize, bool, Vec<u8>, usize)> {
    let mut edges = Vec::new();
    for (parent, node) in &graph.0 {
        for (child, between) in &node.borrowed_by {
            for edge in &between.edges {
                edges.push((parent.0, edge.strong, edge.path.clone(), child.0));
            }
        }
    }
    edges
}

/// That both ends of each edge know it, and nobody borrows from itself.
fn assert_consistent(graph: &Graph) {
    for (parent, node) in &graph.0 {
        for (child, between) in &node.borrowed_by {
            assert!(graph.0[child].borrows_from.contains(parent));
            assert!(child != parent);
            assert!(!between.edges.is_empty() && between.edges.len() <= MOST_EDGES);
        }
        for from in &node.borrows_from {
            assert!(graph.0[from].borrowed_by.contains_key(parent));
        }
    }
}

#[test]
fn what_was_borrowed_below_a_path_is_below_the_new_reference() {
    let mut graph = references();
    graph.borrow_exactly(id(0), &[1], id(1)).unwrap();
    graph.borrow_below(id(0), &[1, 2], id(2)).unwrap();
    graph.borrow_exactly(id(0), &[3], id(3)).unwrap();
    graph.borrow_exactly(id(0), &[1], id(4)).unwrap();
    assert_eq!(
        edges(&graph),
        [
            (0, true, vec![3], 3),
            (0, true, vec![1], 4),
            (4, true, vec![], 1),
            (4, false, vec![2], 2),
        ]
    );
    assert_consistent(&graph);
}

#[test]
fn children_of_a_released_reference_belong_to_its_parents() {
    let mut graph = references();
    graph.borrow_exactly(id(0), &[1], id(1)).unwrap();
    graph.borrow_exactly(id(1), &[2], id(2)).unwrap();
    graph.borrow_below(id(2), &[3], id(3)).unwrap();
    graph.borrow_exactly(id(3), &[4], id(4)).unwrap();
    graph.release(id(1)).unwrap();
    graph.release(id(3)).unwrap();
    // beyond a weak edge, nothing is known
    assert_eq!(edges(&graph), [(0, true, vec![1, 2], 2), (2, false, vec![3], 4)]);
    graph.release(id(2)).unwrap();
    assert_eq!(edges(&graph), [(0, false, vec![1, 2, 3], 4)]);
    graph.release(id(0)).unwrap();
    assert_eq!(edges(&graph), []);
    assert_eq!(graph.size(), 1);
}

#[test]
fn a_cycle_is_left_without_borrowing_from_oneself() {
    let mut graph = references();
    graph.borrow_below(id(0), &[], id(1)).unwrap();
    graph.borrow_below(id(1), &[], id(0)).unwrap();
    graph.release(id(1)).unwrap();
    assert_eq!(edges(&graph), []);
    assert_consistent(&graph);
}

#[test]
fn too_many_edges_become_one_full_borrow() {
    let mut graph = references();
    for label in 0..10 {
        graph.borrow_below(id(0), &[label], id(1)).unwrap();
    }
    assert_eq!(edges(&graph).len(), 10);
    graph.borrow_below(id(0), &[10], id(1)).unwrap();
    assert_eq!(edges(&graph), [(0, false, vec![], 1)]);
    graph.borrow_below(id(0), &[11], id(1)).unwrap();
    assert_eq!(edges(&graph), [(0, false, vec![], 1)]);
}

#[test]
fn names_change_all_at_once() {
    let mut graph = references();
    graph.borrow_exactly(id(0), &[1], id(1)).unwrap();
    let turn = BTreeMap::from([(id(0), id(1)), (id(1), id(2)), (id(2), id(0))]);
    graph.rename(&turn).unwrap();
    assert_eq!(edges(&graph), [(1, true, vec![1], 2)]);
    assert_consistent(&graph);
    assert_eq!(graph.is_mutable(id(1)), Ok(true), "0 was mutable");
    let collide = BTreeMap::from([(id(0), id(1))]);
    assert!(graph.rename(&collide).is_err());
}

#[test]
fn what_is_not_there_is_a_fault_and_no_panic() {
    let mut graph = references();
    assert!(graph.release(id(9)).is_err());
    assert!(graph.is_mutable(id(9)).is_err());
    assert!(graph.add(id(0), true).is_err());
    assert!(graph.borrow_below(id(0), &[], id(9)).is_err());
    assert!(graph.borrow_exactly(id(0), &[], id(0)).is_err());
    let mut other = references();
    other.release(id(0)).unwrap();
    assert!(references().join(&other).is_err());
}

fn edge_strategy() -> impl Strategy<Value = (usize, bool, Vec<u8>, usize)> {
    let path = prop::collection::vec(0_u8..3, 0..3);
    (0_usize..5, any::<bool>(), path, 0_usize..5)
}

/// A graph of the five references with so few edges that none are merged.
fn graph_strategy() -> impl Strategy<Value = Graph> {
    prop::collection::vec(edge_strategy(), 0..5).prop_map(|edges| {
        let mut graph = references();
        for (parent, strong, path, child) in edges {
            if parent != child {
                graph.add_edge(id(parent), Edge { strong, path }, id(child)).unwrap();
            }
        }
        graph
    })
}

/// A graph with as many edges as one likes.
fn dense_graph_strategy() -> impl Strategy<Value = Graph> {
    prop::collection::vec((0_usize..2, any::<bool>(), prop::collection::vec(0_u8..6, 0..3)), 0..40)
        .prop_map(|edges| {
            let mut graph = references();
            for (parent, strong, path) in edges {
                graph.add_edge(id(parent), Edge { strong, path }, id(2)).unwrap();
            }
            graph
        })
}

fn joined(left: &Graph, right: &Graph) -> Graph {
    let mut joined = left.clone();
    joined.join(right).unwrap();
    assert_consistent(&joined);
    joined
}

fn cover_each_other(left: &Graph, right: &Graph) -> bool {
    left.covers(right).unwrap() && right.covers(left).unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    Add(bool),
    Exactly(usize, Option<u8>),
    Below(usize, Option<u8>),
    Between(usize, usize),
    Release(usize),
}

fn step_strategy() -> impl Strategy<Value = Step> {
    let label = || prop::option::of(0_u8..3);
    prop_oneof![
        any::<bool>().prop_map(Step::Add),
        (0_usize..20, label()).prop_map(|(parent, label)| Step::Exactly(parent, label)),
        (0_usize..20, label()).prop_map(|(parent, label)| Step::Below(parent, label)),
        (0_usize..20, 0_usize..20).prop_map(|(parent, child)| Step::Between(parent, child)),
        (0_usize..20).prop_map(Step::Release),
    ]
}

/// Which references can be come to from which: independent of paths, kept as a plain relation.
#[derive(Clone, Debug, Default)]
struct Reach(BTreeSet<(usize, usize)>);

impl Reach {
    fn borrow(&mut self, parent: usize, child: usize) {
        let above: Vec<usize> =
            self.0.iter().filter(|(_, to)| *to == parent).map(|(from, _)| *from).collect();
        let below: Vec<usize> =
            self.0.iter().filter(|(from, _)| *from == child).map(|(_, to)| *to).collect();
        for from in above.iter().chain([&parent]) {
            for to in below.iter().chain([&child]) {
                // a reference that leads back to itself, over others, does not borrow from itself
                if from != to {
                    self.0.insert((*from, *to));
                }
            }
        }
    }
}

/// What can be come to along edges.
fn reach_of(graph: &Graph) -> BTreeSet<(usize, usize)> {
    let mut reach = Reach::default();
    for (parent, _, _, child) in edges(graph) {
        reach.borrow(parent, child);
    }
    reach.0
}

proptest! {
    #[test]
    fn covering_is_reflexive_and_transitive(
        a in graph_strategy(), b in graph_strategy(), c in graph_strategy()
    ) {
        prop_assert!(a.covers(&a).unwrap());
        let above = joined(&a, &b);
        let top = joined(&above, &c);
        prop_assert!(top.covers(&above).unwrap() && above.covers(&a).unwrap());
        prop_assert!(top.covers(&a).unwrap());
        if a.covers(&b).unwrap() && b.covers(&c).unwrap() {
            prop_assert!(a.covers(&c).unwrap());
        }
    }

    #[test]
    fn a_join_is_the_least_graph_that_covers_both(
        a in graph_strategy(), b in graph_strategy(), c in graph_strategy()
    ) {
        let join = joined(&a, &b);
        prop_assert!(join.covers(&a).unwrap() && join.covers(&b).unwrap());
        if c.covers(&a).unwrap() && c.covers(&b).unwrap() {
            prop_assert!(c.covers(&join).unwrap());
        }
    }

    #[test]
    fn a_join_is_commutative_idempotent_and_monotone(
        a in graph_strategy(), b in graph_strategy(), c in graph_strategy()
    ) {
        prop_assert!(cover_each_other(&joined(&a, &b), &joined(&b, &a)));
        prop_assert_eq!(&joined(&a, &a), &a);
        let above = joined(&a, &c);
        prop_assert!(joined(&above, &b).covers(&joined(&a, &b)).unwrap());
    }

    #[test]
    fn a_join_covers_both_also_when_edges_are_merged(
        a in dense_graph_strategy(), b in dense_graph_strategy()
    ) {
        let join = joined(&a, &b);
        prop_assert!(join.covers(&a).unwrap() && join.covers(&b).unwrap());
        let mut again = join.clone();
        prop_assert!(!again.join(&b).unwrap() && !again.join(&a).unwrap());
        prop_assert_eq!(again, join);
    }

    #[test]
    fn a_join_says_whether_it_found_something_new(a in graph_strategy(), b in graph_strategy()) {
        let mut join = a.clone();
        let changed = join.join(&b).unwrap();
        prop_assert_eq!(changed, !a.covers(&b).unwrap());
        prop_assert_eq!(changed, join != a);
    }

    #[test]
    fn who_leads_to_whom_is_kept_over_all_changes(
        steps in prop::collection::vec(step_strategy(), 0..40)
    ) {
        let mut graph = Graph::new();
        let mut reach = Reach::default();
        let mut next = 0;
        let alive = |graph: &Graph, number: usize| {
            let ids: Vec<usize> = graph.0.keys().map(|id| id.0).collect();
            (!ids.is_empty()).then(|| ids[number % ids.len()])
        };
        for step in steps {
            match step {
                Step::Add(mutable) => {
                    graph.add(id(next), mutable).unwrap();
                    next += 1;
                }
                Step::Exactly(parent, label) => {
                    let Some(parent) = alive(&graph, parent) else { continue };
                    graph.add(id(next), true).unwrap();
                    let moved: Vec<usize> = edges(&graph)
                        .into_iter()
                        .filter(|(from, _, path, _)| {
                            *from == parent && label.is_none_or(|label| path.first() == Some(&label))
                        })
                        .map(|(_, _, _, child)| child)
                        .collect();
                    let path: Vec<u8> = label.into_iter().collect();
                    graph.borrow_exactly(id(parent), &path, id(next)).unwrap();
                    reach.borrow(parent, next);
                    for child in moved {
                        reach.borrow(next, child);
                    }
                    next += 1;
                }
                Step::Below(parent, label) => {
                    let Some(parent) = alive(&graph, parent) else { continue };
                    graph.add(id(next), false).unwrap();
                    let path: Vec<u8> = label.into_iter().collect();
                    graph.borrow_below(id(parent), &path, id(next)).unwrap();
                    reach.borrow(parent, next);
                    next += 1;
                }
                Step::Between(parent, child) => {
                    let (Some(parent), Some(child)) = (alive(&graph, parent), alive(&graph, child))
                    else {
                        continue;
                    };
                    // references are made from older ones
                    if parent < child {
                        graph.borrow_below(id(parent), &[], id(child)).unwrap();
                        reach.borrow(parent, child);
                    }
                }
                Step::Release(number) => {
                    let Some(released) = alive(&graph, number) else { continue };
                    graph.release(id(released)).unwrap();
                    reach.0.retain(|(from, to)| *from != released && *to != released);
                }
            }
            assert_consistent(&graph);
            prop_assert_eq!(&reach_of(&graph), &reach.0);
        }
    }
}
