//! A walk over a type and its parts that does not use the call stack.

use super::SignatureToken;

/// The nodes of a type, each before its parts, with their depth: the type itself has depth 1.
#[derive(Clone, Debug)]
pub struct Preorder<'a> {
    waiting: Vec<(&'a SignatureToken, usize)>,
    next: Option<(&'a SignatureToken, usize)>,
}

impl SignatureToken {
    /// Its nodes, each before its parts.
    pub const fn preorder(&self) -> Preorder<'_> {
        Preorder { waiting: Vec::new(), next: Some((self, 1)) }
    }
}

impl<'a> Iterator for Preorder<'a> {
    type Item = (&'a SignatureToken, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let (node, depth) = self.next.take().or_else(|| self.waiting.pop())?;
        let below = depth.saturating_add(1);
        match node {
            SignatureToken::Vector(part)
            | SignatureToken::Reference(part)
            | SignatureToken::MutableReference(part) => self.next = Some((part, below)),
            SignatureToken::StructInstantiation(_, arguments) => {
                self.waiting.extend(arguments.iter().rev().map(|argument| (argument, below)));
            }
            SignatureToken::Bool
            | SignatureToken::U8
            | SignatureToken::U16
            | SignatureToken::U32
            | SignatureToken::U64
            | SignatureToken::U128
            | SignatureToken::U256
            | SignatureToken::Address
            | SignatureToken::Signer
            | SignatureToken::Struct(_)
            | SignatureToken::TypeParameter(_) => {}
        }
        Some((node, depth))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SignatureToken as Type, StructHandleIndex};

    #[test]
    fn every_node_comes_before_its_parts_and_once() {
        let inner = Type::StructInstantiation(StructHandleIndex(1), vec![Type::U8, Type::Bool]);
        let pair = Type::StructInstantiation(
            StructHandleIndex(0),
            vec![Type::Vector(Box::new(inner.clone())), Type::TypeParameter(3)],
        );
        let type_ = Type::Reference(Box::new(pair.clone()));
        let nodes: Vec<(Type, usize)> =
            type_.preorder().map(|(node, depth)| (node.clone(), depth)).collect();
        let expected = vec![
            (type_.clone(), 1),
            (pair, 2),
            (Type::Vector(Box::new(inner.clone())), 3),
            (inner, 4),
            (Type::U8, 5),
            (Type::Bool, 5),
            (Type::TypeParameter(3), 3),
        ];
        assert_eq!(nodes, expected);
    }
}
