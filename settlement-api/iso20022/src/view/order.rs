//! A customer's orders to its bank, and what became of them.

use crate::party::{CurrencyAmount, PostalAddress};
use crate::purpose::Purpose;
use crate::remittance::Advice;

part! {
    /// Orders of customers, in batches.
    #[derive(Default)]
    Pain001 {
        /// 1 to 35 characters.
        msg_id: String = "GrpHdr/MsgId",
        /// As written.
        created: String = "GrpHdr/CreDtTm",
        /// How many orders there are, as digits.
        count: String = "GrpHdr/NbOfTxs",
        /// The sum of the orders, of whatever currency.
        control_sum: Option<String> = "GrpHdr/CtrlSum",
        /// Who sends the orders.
        initiator: Option<String> = "GrpHdr/InitgPty/Nm",
        /// The batches.
        batches: Vec<Batch> = "PmtInf",
    }
    always {}
}
view!(Pain001 = "pain.001.001.09", one of &[]);

part! {
    /// Orders of one customer for one day and account.
    #[derive(Default)]
    Batch {
        /// 1 to 35 characters.
        id: String = "PmtInfId",
        /// `TRF`, `CHK` or `TRA`.
        method: String = "PmtMtd",
        /// The category of what all its orders are for.
        category_purpose: Option<Purpose> = "PmtTpInf/CtgyPurp",
        /// The day on which it shall be done.
        execution_date: Option<String> = "ReqdExctnDt/Dt",
        /// The time at which it shall be done, where a time is given.
        execution_time: Option<String> = "ReqdExctnDt/DtTm",
        /// The customer that pays.
        debtor: Option<String> = "Dbtr/Nm",
        /// BIC of the customer.
        debtor_bic: Option<String> = "Dbtr/Id/OrgId/AnyBIC",
        /// LEI of the customer.
        debtor_lei: Option<String> = "Dbtr/Id/OrgId/LEI",
        /// IBAN of its account.
        debtor_iban: Option<String> = "DbtrAcct/Id/IBAN",
        /// Another number of its account.
        debtor_account: Option<String> = "DbtrAcct/Id/Othr/Id",
        /// BIC of its bank.
        debtor_agent: Option<String> = "DbtrAgt/FinInstnId/BICFI",
        /// On whose behalf is paid.
        ultimate_debtor: Option<OrderParty> = "UltmtDbtr",
        /// Who bears the charges.
        charge_bearer: Option<String> = "ChrgBr",
        /// Where the customer that pays can be written to.
        debtor_address: Option<PostalAddress> = "Dbtr/PstlAdr",
        /// The orders.
        orders: Vec<Order> = "CdtTrfTxInf",
    }
    always {}
}

part! {
    /// One order.
    #[derive(Default)]
    Order {
        /// 1 to 35 characters.
        instruction_id: Option<String> = "PmtId/InstrId",
        /// 1 to 35 characters.
        end_to_end_id: String = "PmtId/EndToEndId",
        /// A version 4 UUID.
        uetr: Option<String> = "PmtId/UETR",
        /// The category of what it is for.
        category_purpose: Option<Purpose> = "PmtTpInf/CtgyPurp",
        /// What shall be paid, in the currency of the order.
        amount: Option<CurrencyAmount> = "Amt/InstdAmt",
        /// On whose behalf is paid.
        ultimate_debtor: Option<OrderParty> = "UltmtDbtr",
        /// BIC of the bank of the one who is paid.
        creditor_agent: Option<String> = "CdtrAgt/FinInstnId/BICFI",
        /// Who is paid.
        creditor: Option<String> = "Cdtr/Nm",
        /// BIC of the one who is paid.
        creditor_bic: Option<String> = "Cdtr/Id/OrgId/AnyBIC",
        /// LEI of the one who is paid.
        creditor_lei: Option<String> = "Cdtr/Id/OrgId/LEI",
        /// IBAN of the account that is paid.
        creditor_iban: Option<String> = "CdtrAcct/Id/IBAN",
        /// Another number of the account that is paid.
        creditor_account: Option<String> = "CdtrAcct/Id/Othr/Id",
        /// Who is paid in the end.
        ultimate_creditor: Option<OrderParty> = "UltmtCdtr",
        /// What for, as a code or a name.
        purpose: Option<Purpose> = "Purp",
        /// What for, in lines.
        remittance: Vec<String> = "RmtInf/Ustrd",
        /// What for, in references.
        structured: Vec<Advice> = "RmtInf/Strd",
        /// LEI of the bank of the one who is paid.
        creditor_agent_lei: Option<String> = "CdtrAgt/FinInstnId/LEI",
        /// Who bears the charges.
        charge_bearer: Option<String> = "ChrgBr",
        /// Where the one who is paid can be written to.
        creditor_address: Option<PostalAddress> = "Cdtr/PstlAdr",
    }
    always {}
}

part! {
    /// Who pays or is paid behind the customer of a bank.
    #[derive(Default)]
    OrderParty {
        /// Its name.
        name: Option<String> = "Nm",
        /// Where it can be written to.
        address: Option<PostalAddress> = "PstlAdr",
        /// BIC of an organisation.
        bic: Option<String> = "Id/OrgId/AnyBIC",
        /// LEI of an organisation.
        lei: Option<String> = "Id/OrgId/LEI",
    }
    always {}
}

part! {
    /// What became of a customer's orders.
    Pain002 {
        /// 1 to 35 characters.
        msg_id: String = "GrpHdr/MsgId",
        /// As written.
        created: String = "GrpHdr/CreDtTm",
        /// The message with the orders.
        original_msg_id: String = "OrgnlGrpInfAndSts/OrgnlMsgId",
        /// Its name and version.
        original_message: String = "OrgnlGrpInfAndSts/OrgnlMsgNmId",
        /// How many orders it held, as digits.
        original_count: Option<String> = "OrgnlGrpInfAndSts/OrgnlNbOfTxs",
        /// `ACCP`, `PART`, `RJCT` or another code of the list, for all of them.
        group_status: Option<String> = "OrgnlGrpInfAndSts/GrpSts",
        /// Why all of them, as a code of the external list.
        group_reason: Option<String> = "OrgnlGrpInfAndSts/StsRsnInf/Rsn/Cd",
        /// One for each batch.
        batches: Vec<BatchStatus> = "OrgnlPmtInfAndSts",
    }
    always {}
}
view!(Pain002 = "pain.002.001.10", one of &[]);

part! {
    /// What became of one batch.
    BatchStatus {
        /// As the message named it.
        id: String = "OrgnlPmtInfId",
        /// How many orders it held, as digits.
        count: Option<String> = "OrgnlNbOfTxs",
        /// `PART`, `RJCT` or another code of the list.
        status: Option<String> = "PmtInfSts",
        /// One for each order.
        orders: Vec<OrderStatus> = "TxInfAndSts",
    }
    always {}
}

part! {
    /// What became of one order.
    OrderStatus {
        /// As the order said.
        instruction_id: Option<String> = "OrgnlInstrId",
        /// As the order said.
        end_to_end_id: Option<String> = "OrgnlEndToEndId",
        /// The payment's UETR.
        uetr: Option<String> = "OrgnlUETR",
        /// Such as `ACSC` or `RJCT`.
        status: Option<String> = "TxSts",
        /// Why, as a code of the external list.
        reason: Option<String> = "StsRsnInf/Rsn/Cd",
        /// Why, in words.
        information: Option<String> = "StsRsnInf/AddtlInf",
    }
    always {}
}
