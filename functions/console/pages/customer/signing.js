// Step 4, 在线签署: for coming back. It is the contract's own page, with the steps above it.

export { show } from "./contract.js";
