import { html, useEffect, useLayoutEffect, useRef } from "./dom.js";

/*
 * A question above the page: the focus stays within, Escape is onClose, and
 * afterwards the focus is where it was.  The browser's own modal dialog keeps
 * the rest of the page out of reach.
 */
export function Dialog({ title, onClose, actions, children,
	class: extra = "" }) {
	const box = useRef(null), before = useRef(document.activeElement);

	useLayoutEffect(() => {
		const dialog = box.current;

		dialog.showModal();
		dialog.querySelector("h2").focus();
		return () => dialog.open && dialog.close();
	}, []);
	useEffect(() => () => {
		if (before.current?.isConnected)
			before.current.focus();
	}, []);

	function cancel(event) {
		event.preventDefault();
		onClose?.();
	}

	return html`<dialog ref=${box} class="dialog ${extra}"
	    aria-labelledby="dialog-title" onCancel=${cancel}>
		<h2 id="dialog-title" tabindex="-1">${title}</h2>
		<div class="dialog-body">${children}</div>
		${actions && html`<div class="dialog-actions">${actions}</div>`}
	</dialog>`;
}
