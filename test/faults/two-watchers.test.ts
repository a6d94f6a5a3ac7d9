import { testFaults } from "./fault-matrix.js";

testFaults("two watchers");
