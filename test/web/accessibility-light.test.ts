import { describeAccessibleStates } from "./support/accessible-states.js";

describeAccessibleStates("light");
