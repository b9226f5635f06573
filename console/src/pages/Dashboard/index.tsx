import { Page } from "../../components/Page";
import { common } from "../../strings/common";

export default function Dashboard() {
  return <Page title={common.navigation.dashboard}>{null}</Page>;
}
