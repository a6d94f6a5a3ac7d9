import { testFaults } from "./fault-matrix.js";

testFaults("running");
