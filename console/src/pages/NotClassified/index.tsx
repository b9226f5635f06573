import { Page } from "../../components/Page";
import { common } from "../../strings/common";

export default function NotClassified() {
  return <Page title={common.navigation.notClassified}>{null}</Page>;
}
