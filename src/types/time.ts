/** Milliseconds: a moment counted from any fixed start, or a duration. */
export type Millis = number;
