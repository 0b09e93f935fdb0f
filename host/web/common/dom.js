/* The one place that names the vendored module. */
export { html, render, createContext, useContext, useState, useEffect,
	useLayoutEffect, useRef, useMemo, useCallback, useReducer }
	from "../vendor/htm-preact.js";
