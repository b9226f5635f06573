import { lazy } from "react";
import { createBrowserRouter, Navigate } from "react-router-dom";

import { NotFound, RouteFailure } from "./components/RouteFailure";
import { Shell } from "./components/Shell";

const Buckets = lazy(() => import("./pages/Buckets"));
const Dashboard = lazy(() => import("./pages/Dashboard"));
const Enable = lazy(() => import("./pages/Enable"));
const EditResources = lazy(() => import("./pages/Integrations/EditResources"));
const Integrations = lazy(() => import("./pages/Integrations"));
const NotClassified = lazy(() => import("./pages/NotClassified"));
const Objects = lazy(() => import("./pages/Objects"));
const Queue = lazy(() => import("./pages/Queue"));
const SelectedResources = lazy(() => import("./pages/Integrations/SelectedResources"));
const Settings = lazy(() => import("./pages/Settings"));

// A page with "/*" has routes of its own below its path.
export const router = createBrowserRouter([
  {
    path: "/",
    element: <Shell />,
    errorElement: <RouteFailure />,
    children: [
      { index: true, element: <Navigate to="/dashboard" replace /> },
      { path: "enable", element: <Enable /> },
      { path: "integrations", element: <Navigate to="/integrations/accounts" replace /> },
      { path: "integrations/:tab", element: <Integrations /> },
      { path: "integrations/services/:account/s3", element: <SelectedResources /> },
      { path: "integrations/services/:account/s3/edit", element: <EditResources /> },
      { path: "dashboard/*", element: <Dashboard /> },
      { path: "objects/*", element: <Objects /> },
      { path: "not-classified/*", element: <NotClassified /> },
      { path: "buckets/*", element: <Buckets /> },
      { path: "fleet", element: <Queue /> },
      { path: "settings/*", element: <Settings /> },
      { path: "*", element: <NotFound /> },
    ].map((route) => ({ ...route, errorElement: <RouteFailure /> })),
  },
]);
