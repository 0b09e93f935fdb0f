/*
 * One request of a dialog at a time.  The same request pressed again after a
 * lost network goes out under its old key, so that it is not done twice.
 *
 *	problem	 why the last one failed; null
 *	send	 (path, body, told, failed): its answer, or null when it failed,
 *		 and failed(problem) was called; told as post has it
 */
import { post } from "../common/api.js";
import { useRef, useState } from "../common/ui.js";

export function useSend() {
	const [problem, setProblem] = useState(null);
	const held = useRef({ request: null, key: null });

	async function send(path, body = null, told = undefined,
	    failed = undefined) {
		const request = JSON.stringify([path, body]);

		if (held.current.request !== request)
			held.current = { request, key: crypto.randomUUID() };
		setProblem(null);
		try {
			const answer = await post(path, body,
			    { key: held.current.key, told });

			held.current = { request: null, key: null };
			return answer;
		} catch (error) {
			if (error.code !== "OFFLINE")
				held.current = { request: null, key: null };
			setProblem(error);
			failed?.(error);
			return null;
		}
	}

	return { problem, send };
}
