//! How deep the values of a struct nest, as a function of its type arguments.
//!
//! One formula per struct, so that no type has to be written out: the greatest of a constant and, for
//! every type parameter in a field, the depth of the argument and what stands around it.

use std::collections::BTreeMap;

use super::{StructId, Types};
use crate::format::{SignatureToken, StructFields, Tables};

/// Deeper than any limit.
const BOTTOMLESS: u32 = 1 << 20;

/// The depth of the values of a struct.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DepthFormula {
    constant: u32,
    /// What to add to the depth of a type argument, by its position.
    terms: BTreeMap<usize, u32>,
}

impl DepthFormula {
    /// The depth where the arguments have these depths.
    pub(crate) fn of(&self, argument: impl Fn(usize) -> Option<u32>) -> u32 {
        self.terms.iter().fold(self.constant, |deepest, (index, around)| {
            deepest.max(argument(*index).unwrap_or(BOTTOMLESS).saturating_add(*around))
        })
    }

    fn bottomless() -> Self {
        Self { constant: BOTTOMLESS, terms: BTreeMap::new() }
    }

    fn constant(constant: u32) -> Self {
        Self { constant, terms: BTreeMap::new() }
    }

    /// The greater of both.
    fn join(&mut self, other: &Self, around: u32) {
        self.constant = self.constant.max(other.constant.saturating_add(around)).min(BOTTOMLESS);
        for (index, inner) in &other.terms {
            let term = self.terms.entry(*index).or_default();
            *term = (*term).max(inner.saturating_add(around)).min(BOTTOMLESS);
        }
    }
}

/// The formulas of every struct of a module, whose dependencies have theirs.
pub(crate) fn formulas(
    types: &Types,
    tables: Tables<'_>,
    of_handle: impl Fn(usize) -> Option<StructId>,
) -> Vec<DepthFormula> {
    let own: BTreeMap<usize, usize> = tables
        .struct_definitions
        .iter()
        .enumerate()
        .map(|(index, definition)| (definition.handle.get(), index))
        .collect();
    let mut known: Vec<Option<DepthFormula>> = vec![None; tables.struct_definitions.len()];
    let mut visited = vec![false; known.len()];
    for root in 0..known.len() {
        let mut stack = vec![root];
        while let Some(index) = stack.last().copied() {
            if known.get(index).is_none_or(Option::is_some) {
                stack.pop();
                continue;
            }
            let reader = Reader { types, tables, own: &own, known: &known, of_handle: &of_handle };
            let mut missing = Vec::new();
            let formula = reader.of_struct(index, &mut missing);
            let second = visited.get(index).copied().unwrap_or(true);
            if let Some(mark) = visited.get_mut(index) {
                *mark = true;
            }
            if missing.is_empty() || second {
                let formula = if missing.is_empty() { formula } else { DepthFormula::bottomless() };
                if let Some(slot) = known.get_mut(index) {
                    *slot = Some(formula);
                }
                stack.pop();
            } else {
                stack.extend(missing);
            }
        }
    }
    known.into_iter().map(Option::unwrap_or_default).collect()
}

struct Reader<'a, F> {
    types: &'a Types,
    tables: Tables<'a>,
    own: &'a BTreeMap<usize, usize>,
    known: &'a [Option<DepthFormula>],
    of_handle: &'a F,
}

impl<F: Fn(usize) -> Option<StructId>> Reader<'_, F> {
    fn of_struct(&self, index: usize, missing: &mut Vec<usize>) -> DepthFormula {
        let mut formula = DepthFormula::constant(2);
        let fields = self.tables.struct_definitions.get(index).map(|definition| &definition.fields);
        if let Some(StructFields::Declared(fields)) = fields {
            for field in fields {
                formula.join(&self.of_token(&field.type_, missing), 1);
            }
        }
        formula
    }

    fn of_token(&self, token: &SignatureToken, missing: &mut Vec<usize>) -> DepthFormula {
        match token {
            SignatureToken::TypeParameter(index) => {
                DepthFormula { constant: 0, terms: BTreeMap::from([(usize::from(*index), 0)]) }
            }
            SignatureToken::Vector(element) => {
                let mut formula = DepthFormula::default();
                formula.join(&self.of_token(element, missing), 1);
                formula
            }
            SignatureToken::Struct(handle) => self.of_handle(handle.get(), &[], missing),
            SignatureToken::StructInstantiation(handle, arguments) => {
                self.of_handle(handle.get(), arguments, missing)
            }
            _ => DepthFormula::constant(1),
        }
    }

    fn of_handle(
        &self,
        handle: usize,
        arguments: &[SignatureToken],
        missing: &mut Vec<usize>,
    ) -> DepthFormula {
        let outer = match self.own.get(&handle) {
            Some(index) => match self.known.get(*index) {
                Some(Some(formula)) => formula.clone(),
                _ => {
                    missing.push(*index);
                    DepthFormula::default()
                }
            },
            None => (self.of_handle)(handle)
                .and_then(|id| self.types.struct_info(id).ok())
                .map_or_else(DepthFormula::bottomless, |info| info.depth.clone()),
        };
        let mut formula = DepthFormula::constant(outer.constant);
        for (index, argument) in arguments.iter().enumerate() {
            let inner = self.of_token(argument, missing);
            if let Some(around) = outer.terms.get(&index) {
                formula.join(&inner, *around);
            }
        }
        formula
    }
}
