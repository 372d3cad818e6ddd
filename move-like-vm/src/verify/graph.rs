//! Which nodes of a graph lie on a common cycle.
//!
//! # Place      [graph] <- recursive structs, instantiation loops
//! # Invariants linear in nodes and edges, without recursion
//! # Absent     what nodes and edges mean

/// A directed graph over the nodes 0 to n - 1.
#[derive(Debug)]
pub(super) struct Graph {
    successors: Vec<Vec<usize>>,
}

/// What the search knows of a node.
#[derive(Clone, Copy, Debug)]
enum Seen {
    Not,
    /// Open: when it was found, and the earliest open node it reaches.
    Open {
        found: usize,
        lowest: usize,
    },
    /// Its component.
    Closed(usize),
}

impl Graph {
    /// A graph without edges.
    pub(super) fn new(nodes: usize) -> Self {
        Self { successors: vec![Vec::new(); nodes] }
    }

    /// Adds an edge. One that names a node outside the graph is left out.
    pub(super) fn connect(&mut self, from: usize, to: usize) {
        if to < self.successors.len()
            && let Some(successors) = self.successors.get_mut(from)
        {
            successors.push(to);
        }
    }

    /// The component of every node: two nodes have the same one if each is reached from the other.
    /// An edge inside one component lies on a cycle, and so does an edge from a node to itself.
    pub(super) fn components(&self) -> Vec<usize> {
        let mut search = Search {
            graph: self,
            seen: vec![Seen::Not; self.successors.len()],
            open: Vec::new(),
            path: Vec::new(),
            clock: 0,
        };
        for node in 0..self.successors.len() {
            search.from(node);
        }
        search
            .seen
            .into_iter()
            .enumerate()
            .map(|(node, seen)| match seen {
                Seen::Closed(component) => component,
                Seen::Not | Seen::Open { .. } => node,
            })
            .collect()
    }
}

/// The search of Tarjan, with its own stack.
struct Search<'a> {
    graph: &'a Graph,
    seen: Vec<Seen>,
    /// Nodes whose component is not known yet, in the order they were found.
    open: Vec<usize>,
    /// The path from the start: a node and how many of its edges were followed.
    path: Vec<(usize, usize)>,
    clock: usize,
}

impl Search<'_> {
    fn from(&mut self, start: usize) {
        if !matches!(self.seen.get(start), Some(Seen::Not)) {
            return;
        }
        self.enter(start);
        while let Some((node, followed)) = self.path.last_mut() {
            let node = *node;
            let next = self.graph.successors.get(node).and_then(|all| all.get(*followed)).copied();
            *followed = followed.saturating_add(1);
            match next {
                Some(next) => match self.seen.get(next) {
                    Some(Seen::Not) => self.enter(next),
                    Some(Seen::Open { found, .. }) => {
                        let found = *found;
                        self.lower(node, found);
                    }
                    Some(Seen::Closed(_)) | None => {}
                },
                None => self.leave(node),
            }
        }
    }

    fn enter(&mut self, node: usize) {
        if let Some(seen) = self.seen.get_mut(node) {
            *seen = Seen::Open { found: self.clock, lowest: self.clock };
        }
        self.clock = self.clock.saturating_add(1);
        self.open.push(node);
        self.path.push((node, 0));
    }

    fn lower(&mut self, node: usize, to: usize) {
        if let Some(Seen::Open { lowest, .. }) = self.seen.get_mut(node) {
            *lowest = to.min(*lowest);
        }
    }

    fn leave(&mut self, node: usize) {
        self.path.pop();
        let Some(Seen::Open { found, lowest }) = self.seen.get(node).copied() else { return };
        if found == lowest {
            while let Some(member) = self.open.pop() {
                if let Some(seen) = self.seen.get_mut(member) {
                    *seen = Seen::Closed(node);
                }
                if member == node {
                    break;
                }
            }
        }
        if let Some((parent, _)) = self.path.last().copied() {
            self.lower(parent, lowest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;

    /// Components by reachability, a slow independent model.
    fn reaches(edges: &[(usize, usize)], nodes: usize) -> Vec<Vec<bool>> {
        let mut reach: Vec<Vec<bool>> =
            (0..nodes).map(|from| (0..nodes).map(|to| from == to).collect()).collect();
        for (from, to) in edges {
            reach[*from][*to] = true;
        }
        for over in 0..nodes {
            for from in 0..nodes {
                for to in 0..nodes {
                    reach[from][to] |= reach[from][over] && reach[over][to];
                }
            }
        }
        reach
    }

    #[test]
    fn components_are_those_of_mutual_reachability() {
        let mut state: u64 = 1;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % below
        };
        for round in 0..300 {
            let nodes = 1 + round % 9;
            let edges: Vec<_> =
                (0..random(2 * nodes + 1)).map(|_| (random(nodes), random(nodes))).collect();
            let mut graph = Graph::new(nodes);
            for (from, to) in &edges {
                graph.connect(*from, *to);
            }
            let components = graph.components();
            let reach = reaches(&edges, nodes);
            for a in 0..nodes {
                for b in 0..nodes {
                    let mutual = reach[a][b] && reach[b][a];
                    assert_eq!(components[a] == components[b], mutual, "{edges:?} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn a_chain_of_a_million_nodes_needs_no_stack() {
        let nodes = 1_000_000;
        let mut graph = Graph::new(nodes);
        for node in 0..nodes {
            graph.connect(node, (node + 1) % nodes);
        }
        let components = graph.components();
        assert!(components.iter().all(|component| *component == components[0]));
    }

    #[test]
    fn an_edge_outside_the_graph_is_left_out() {
        let mut graph = Graph::new(1);
        graph.connect(0, 1);
        graph.connect(1, 0);
        assert_eq!(graph.components(), [0]);
    }
}
