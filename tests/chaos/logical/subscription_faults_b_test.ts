import { testSubscriptionFaults } from "./subscription_faults.ts";

testSubscriptionFaults(1);
