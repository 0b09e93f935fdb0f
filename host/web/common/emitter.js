/* A list of listeners: on(fn) returns what takes it off again. */
export function emitter() {
	const listeners = new Set();

	return {
		on(fn) {
			listeners.add(fn);
			return () => listeners.delete(fn);
		},
		emit(...args) {
			for (const fn of [...listeners])
				fn(...args);
		},
		get size() {
			return listeners.size;
		},
	};
}
