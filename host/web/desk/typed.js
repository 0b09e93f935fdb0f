/* A date as it stands in a field at first; birthdate.js reads it again. */
import { wareki } from "../common/date.js";
import { lang } from "../common/text.js";

/* YYYY-MM-DD */
export const typedDate = (date) => lang() === "ja" ? wareki(date) : date;

/* YYYY-MM */
export const typedMonth = (month) =>
	typedDate(`${month}-01`).replace(/(-01|1日)$/u, "");
