//! A customer's orders to its bank, and what became of them.

use crate::party::{CurrencyAmount, PostalAddress};

part! {
    /// Orders of one customer for one day and account.
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
        /// 1 to 35 characters.
        batch_id: String = "PmtInf/PmtInfId",
        /// `TRF`, `CHK` or `TRA`.
        method: String = "PmtInf/PmtMtd",
        /// The day on which it shall be done.
        execution_date: Option<String> = "PmtInf/ReqdExctnDt/Dt",
        /// The time at which it shall be done, where a time is given.
        execution_time: Option<String> = "PmtInf/ReqdExctnDt/DtTm",
        /// The customer that pays.
        debtor: Option<String> = "PmtInf/Dbtr/Nm",
        /// IBAN of its account.
        debtor_iban: Option<String> = "PmtInf/DbtrAcct/Id/IBAN",
        /// Another number of its account.
        debtor_account: Option<String> = "PmtInf/DbtrAcct/Id/Othr/Id",
        /// BIC of its bank.
        debtor_agent: Option<String> = "PmtInf/DbtrAgt/FinInstnId/BICFI",
        /// Who bears the charges.
        charge_bearer: Option<String> = "PmtInf/ChrgBr",
        /// Where the customer that pays can be written to.
        debtor_address: Option<PostalAddress> = "PmtInf/Dbtr/PstlAdr",
        /// The orders.
        orders: Vec<Order> = "PmtInf/CdtTrfTxInf",
    }
    always {}
}
view!(Pain001 = "pain.001.001.09", one of &["PmtInf"]);

part! {
    /// One order.
    Order {
        /// 1 to 35 characters.
        instruction_id: Option<String> = "PmtId/InstrId",
        /// 1 to 35 characters.
        end_to_end_id: String = "PmtId/EndToEndId",
        /// A version 4 UUID.
        uetr: Option<String> = "PmtId/UETR",
        /// What shall be paid, in the currency of the order.
        amount: Option<CurrencyAmount> = "Amt/InstdAmt",
        /// BIC of the bank of the one who is paid.
        creditor_agent: Option<String> = "CdtrAgt/FinInstnId/BICFI",
        /// Who is paid.
        creditor: Option<String> = "Cdtr/Nm",
        /// IBAN of the account that is paid.
        creditor_iban: Option<String> = "CdtrAcct/Id/IBAN",
        /// Another number of the account that is paid.
        creditor_account: Option<String> = "CdtrAcct/Id/Othr/Id",
        /// What for.
        remittance: Option<String> = "RmtInf/Ustrd",
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
        /// The batch, as the message named it.
        batch_id: Option<String> = "OrgnlPmtInfAndSts/OrgnlPmtInfId",
        /// One for each order.
        orders: Vec<OrderStatus> = "OrgnlPmtInfAndSts/TxInfAndSts",
    }
    always {}
}
view!(Pain002 = "pain.002.001.10", one of &["OrgnlPmtInfAndSts"]);

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
