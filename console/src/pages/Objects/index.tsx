import { Page } from "../../components/Page";
import { common } from "../../strings/common";

export default function Objects() {
  return <Page title={common.navigation.objects}>{null}</Page>;
}
