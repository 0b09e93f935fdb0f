/* What a page imports: everything that is common, by one name. */
export { html, render, createContext, useContext, useState, useEffect,
	useLayoutEffect, useRef, useMemo, useCallback, useReducer }
	from "./dom.js";
export { Icon } from "./icon.js";
export { Banner, Button, Choice, Field, Steps, Text, Toggle, useLang }
	from "./parts.js";
export { Dialog } from "./dialog.js";
export { Enrol, codeOfAddress, useToken } from "./enrol.js";
export { useEvents, useLink, useVisit } from "./follow.js";
