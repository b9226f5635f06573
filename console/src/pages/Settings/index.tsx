import { Page } from "../../components/Page";
import { common } from "../../strings/common";

export default function Settings() {
  return <Page title={common.navigation.settings}>{null}</Page>;
}
