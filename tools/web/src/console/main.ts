import { Console } from "./console";

new Console().start();
