//! What a payment is for: a code of an external list, or a name of somebody's own.

use crate::error::Iso20022Error;
use crate::schema::Node;
use crate::validate::Finding;
use crate::view::Part;
use crate::xml::{Element, Writer};

/// `Purp` or `CtgyPurp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A code of the external list of up to four characters, such as `SUPP`.
    Code(String),
    /// A name of the sender's own of up to 35.
    Proprietary(String),
}

const CODE: &str = "Cd";
const PROPRIETARY: &str = "Prtry";

impl Purpose {
    pub(crate) fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let (chosen, name) = node.choice(&[CODE, PROPRIETARY])?;
        if name == CODE {
            chosen.text(4).map(Self::Code)
        } else {
            chosen.text(35).map(Self::Proprietary)
        }
    }

    pub(crate) fn write(&self, name: &'static str, out: &mut Writer) {
        out.element(name, |out| match self {
            Self::Code(code) => out.leaf(CODE, code),
            Self::Proprietary(text) => out.leaf(PROPRIETARY, text),
        });
    }
}

/// As it stands in a message that is known to be valid.
impl Part for Purpose {
    fn take_part(element: &Element) -> Result<Self, Vec<Finding>> {
        let text = |name| element.text_at(name).map(str::to_owned);
        let own = || Self::Proprietary(text(PROPRIETARY).unwrap_or_default());
        Ok(text(CODE).map(Self::Code).unwrap_or_else(own))
    }

    fn put_part(&self, element: &mut Element) {
        let (name, text) = match self {
            Self::Code(text) => (CODE, text),
            Self::Proprietary(text) => (PROPRIETARY, text),
        };
        let mut own = Element::new(&element.namespace, name);
        text.clone_into(&mut own.text);
        element.children.push(own);
    }
}
