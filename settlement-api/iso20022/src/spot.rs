//! An element together with its path and its type: what rules look at.

use crate::table::{Particle, Type};
use crate::xml::Element;

/// One element of a message that follows its table.
#[derive(Debug, Clone)]
pub(crate) struct Spot<'a> {
    pub(crate) element: &'a Element,
    pub(crate) holds: &'static Type,
    pub(crate) path: String,
}

impl<'a> Spot<'a> {
    pub(crate) fn root(element: &'a Element, particle: &'static Particle) -> Self {
        Self { element, holds: particle.holds, path: element.name.clone() }
    }

    pub(crate) fn name(&self) -> &'a str {
        &self.element.name
    }

    /// The text of this element.
    pub(crate) fn text(&self) -> &'a str {
        &self.element.text
    }

    /// The child elements, each with its path.
    pub(crate) fn children(&self) -> Vec<Self> {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        let mut found = Vec::new();
        for child in &self.element.children {
            let Some((_, particle)) = self.holds.particle(&child.name) else { continue };
            let count = match counts.iter_mut().find(|(name, _)| *name == child.name) {
                Some((_, count)) => {
                    *count = count.saturating_add(1);
                    *count
                }
                None => {
                    counts.push((&child.name, 1));
                    1
                }
            };
            let path = match particle.repeats() {
                true => format!("{}/{}[{count}]", self.path, child.name),
                false => format!("{}/{}", self.path, child.name),
            };
            found.push(Self { element: child, holds: particle.holds, path });
        }
        found
    }

    /// Every element at a path of names below this one; `*` stands for any name.
    pub(crate) fn all(&self, path: &str) -> Vec<Self> {
        let mut found = vec![self.clone()];
        for name in path.split('/') {
            found = found
                .iter()
                .flat_map(Self::children)
                .filter(|child| name == "*" || child.name() == name)
                .collect();
        }
        found
    }

    /// The first element at a path.
    pub(crate) fn at(&self, path: &str) -> Option<Self> {
        self.element.at(path)?;
        self.all(path).into_iter().next()
    }

    /// The text of the first element at a path.
    pub(crate) fn text_at(&self, path: &str) -> Option<&'a str> {
        self.element.text_at(path)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.element.at(path).is_some()
    }

    /// This element and all below it.
    pub(crate) fn everything(&self) -> Vec<Self> {
        let mut found = Vec::new();
        let mut open = vec![self.clone()];
        while let Some(spot) = open.pop() {
            open.extend(spot.children().into_iter().rev());
            found.push(spot);
        }
        found
    }
}
