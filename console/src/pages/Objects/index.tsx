import { Route, Routes } from "react-router-dom";

import { NotFound } from "../../components/RouteFailure";
import { ObjectPage } from "./ObjectPage";
import { ObjectsPage } from "./ObjectsPage";

export default function Objects() {
  return (
    <Routes>
      <Route index element={<ObjectsPage />} />
      <Route path="view" element={<ObjectPage />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}
