//! Questions about payments and accounts, requests to cancel, and their answers.

use crate::party::CurrencyAmount;

part! {
    /// A question for the status of a payment.
    Pacs028 {
        /// 1 to 35 characters.
        msg_id: String = "GrpHdr/MsgId",
        /// As written.
        created: String = "GrpHdr/CreDtTm",
        /// The message that is asked about.
        original_msg_id: Option<String> = "TxInf/OrgnlGrpInf/OrgnlMsgId",
        /// Its name and version.
        original_message: Option<String> = "TxInf/OrgnlGrpInf/OrgnlMsgNmId",
        /// As the payment said.
        original_instr_id: Option<String> = "TxInf/OrgnlInstrId",
        /// As the payment said.
        original_end_to_end_id: Option<String> = "TxInf/OrgnlEndToEndId",
        /// As the payment said.
        original_tx_id: Option<String> = "TxInf/OrgnlTxId",
        /// As the payment said.
        original_uetr: Option<String> = "TxInf/OrgnlUETR",
    }
    always {}
}
view!(Pacs028 = "pacs.028.001.03", one of &["TxInf"]);

part! {
    /// A request to cancel a payment.
    Camt056 {
        /// 1 to 35 characters.
        id: String = "Assgnmt/Id",
        /// BIC of the agent that asks.
        assigner: Option<String> = "Assgnmt/Assgnr/Agt/FinInstnId/BICFI",
        /// BIC of the agent that is asked.
        assignee: Option<String> = "Assgnmt/Assgne/Agt/FinInstnId/BICFI",
        /// As written.
        created: String = "Assgnmt/CreDtTm",
        /// The request's own identification.
        cancellation_id: Option<String> = "Undrlyg/TxInf/CxlId",
        /// The case.
        case_id: Option<String> = "Undrlyg/TxInf/Case/Id",
        /// BIC of the agent that opened the case.
        case_creator: Option<String> = "Undrlyg/TxInf/Case/Cretr/Agt/FinInstnId/BICFI",
        /// The message with the payment.
        original_msg_id: Option<String> = "Undrlyg/TxInf/OrgnlGrpInf/OrgnlMsgId",
        /// Its name and version.
        original_message: Option<String> = "Undrlyg/TxInf/OrgnlGrpInf/OrgnlMsgNmId",
        /// As the payment said.
        original_instruction_id: Option<String> = "Undrlyg/TxInf/OrgnlInstrId",
        /// As the payment said.
        original_end_to_end_id: Option<String> = "Undrlyg/TxInf/OrgnlEndToEndId",
        /// As the payment said.
        original_tx_id: Option<String> = "Undrlyg/TxInf/OrgnlTxId",
        /// As the payment said.
        original_uetr: Option<String> = "Undrlyg/TxInf/OrgnlUETR",
        /// What the payment settled.
        original_amount: Option<CurrencyAmount> = "Undrlyg/TxInf/OrgnlIntrBkSttlmAmt",
        /// When the payment settled.
        original_settlement_date: Option<String> = "Undrlyg/TxInf/OrgnlIntrBkSttlmDt",
        /// Why, as a code of the external list.
        reason: Option<String> = "Undrlyg/TxInf/CxlRsnInf/Rsn/Cd",
        /// Why, in words.
        information: Option<String> = "Undrlyg/TxInf/CxlRsnInf/AddtlInf",
        /// LEI of the agent that asks.
        assigner_lei: Option<String> = "Assgnmt/Assgnr/Agt/FinInstnId/LEI",
        /// LEI of the agent that is asked.
        assignee_lei: Option<String> = "Assgnmt/Assgne/Agt/FinInstnId/LEI",
        /// LEI of the agent that opened the case.
        case_creator_lei: Option<String> = "Undrlyg/TxInf/Case/Cretr/Agt/FinInstnId/LEI",
        /// The case, where it is named for the whole message.
        whole_case_id: Option<String> = "Case/Id",
        /// BIC of the agent that opened it.
        whole_case_creator: Option<String> = "Case/Cretr/Agt/FinInstnId/BICFI",
        /// LEI of the agent that opened it.
        whole_case_creator_lei: Option<String> = "Case/Cretr/Agt/FinInstnId/LEI",
        /// How many transactions the request says that it holds, as digits.
        control_count: Option<String> = "CtrlData/NbOfTxs",
        /// The sum of their amounts, as the request says.
        control_sum: Option<String> = "CtrlData/CtrlSum",
        /// Whether the whole message is asked back: `true` or `1`.
        group: Option<String> = "Undrlyg/OrgnlGrpInfAndCxl/GrpCxl",
        /// The message of which the request speaks as a whole.
        group_msg_id: Option<String> = "Undrlyg/OrgnlGrpInfAndCxl/OrgnlMsgId",
        /// Its name and version.
        group_message: Option<String> = "Undrlyg/OrgnlGrpInfAndCxl/OrgnlMsgNmId",
    }
    always {}
}
view!(Camt056 = "camt.056.001.08", one of &["Undrlyg", "Undrlyg/TxInf"]);

part! {
    /// The answer to a request to cancel.
    Camt029 {
        /// 1 to 35 characters.
        id: String = "Assgnmt/Id",
        /// BIC of the agent that answers.
        assigner: Option<String> = "Assgnmt/Assgnr/Agt/FinInstnId/BICFI",
        /// BIC of the agent that had asked.
        assignee: Option<String> = "Assgnmt/Assgne/Agt/FinInstnId/BICFI",
        /// As written.
        created: String = "Assgnmt/CreDtTm",
        /// `CNCL`, `RJCR`, `PDCR` or another code of the list.
        status: Option<String> = "Sts/Conf",
        /// The answer's own identification.
        status_id: Option<String> = "CxlDtls/TxInfAndSts/CxlStsId",
        /// As the payment said.
        original_instruction_id: Option<String> = "CxlDtls/TxInfAndSts/OrgnlInstrId",
        /// As the payment said.
        original_end_to_end_id: Option<String> = "CxlDtls/TxInfAndSts/OrgnlEndToEndId",
        /// As the payment said.
        original_tx_id: Option<String> = "CxlDtls/TxInfAndSts/OrgnlTxId",
        /// The case that this resolves.
        resolved_case: Option<String> = "CxlDtls/TxInfAndSts/RslvdCase/Id",
        /// BIC of the agent that opened the case.
        case_creator: Option<String> = "CxlDtls/TxInfAndSts/RslvdCase/Cretr/Agt/FinInstnId/BICFI",
        /// The message with the payment.
        original_msg_id: Option<String> = "CxlDtls/TxInfAndSts/OrgnlGrpInf/OrgnlMsgId",
        /// Its name and version.
        original_message: Option<String> = "CxlDtls/TxInfAndSts/OrgnlGrpInf/OrgnlMsgNmId",
        /// As the payment said.
        original_uetr: Option<String> = "CxlDtls/TxInfAndSts/OrgnlUETR",
        /// Why not, as a code of the external list.
        reason: Option<String> = "CxlDtls/TxInfAndSts/CxlStsRsnInf/Rsn/Cd",
        /// Why not, in words.
        information: Option<String> = "CxlDtls/TxInfAndSts/CxlStsRsnInf/AddtlInf",
        /// LEI of the agent that answers.
        assigner_lei: Option<String> = "Assgnmt/Assgnr/Agt/FinInstnId/LEI",
        /// LEI of the agent that had asked.
        assignee_lei: Option<String> = "Assgnmt/Assgne/Agt/FinInstnId/LEI",
        /// LEI of the agent that opened the case.
        case_creator_lei: Option<String> = "CxlDtls/TxInfAndSts/RslvdCase/Cretr/Agt/FinInstnId/LEI",
    }
    always {}
}
view!(Camt029 = "camt.029.001.09", one of &["CxlDtls", "CxlDtls/TxInfAndSts"]);

part! {
    /// A request for a report about an account.
    Camt060 {
        /// 1 to 35 characters.
        msg_id: String = "GrpHdr/MsgId",
        /// As written.
        created: String = "GrpHdr/CreDtTm",
        /// The request's own identification.
        request_id: Option<String> = "RptgReq/Id",
        /// The message that is asked for, such as `camt.053.001.08`.
        wanted: String = "RptgReq/ReqdMsgNmId",
        /// IBAN of the account.
        iban: Option<String> = "RptgReq/Acct/Id/IBAN",
        /// Another number of the account.
        other_account: Option<String> = "RptgReq/Acct/Id/Othr/Id",
        /// BIC of the account's owner, where it is a bank.
        owner: Option<String> = "RptgReq/AcctOwnr/Agt/FinInstnId/BICFI",
        /// Name of the account's owner, where it is a customer.
        owner_name: Option<String> = "RptgReq/AcctOwnr/Pty/Nm",
        /// The first day that is asked for.
        from: Option<String> = "RptgReq/RptgPrd/FrToDt/FrDt",
        /// The last day that is asked for.
        to: Option<String> = "RptgReq/RptgPrd/FrToDt/ToDt",
        /// Which kind of report.
        kind: Option<String> = "RptgReq/RptgPrd/Tp",
    }
    always {}
}
view!(Camt060 = "camt.060.001.05", one of &["RptgReq"]);
