/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "fragment JobState on InpaintJob {\n  id\n  status\n  submission\n  queuePosition\n  progress\n  createdAt\n  startedAt\n  finishedAt\n  cancelRequestedAt\n  error {\n    code\n    message\n    field\n    retryable\n  }\n  output {\n    audio {\n      url\n    }\n    seed\n  }\n  ...RunInput\n}\n\nfragment RunInput on InpaintJob {\n  input {\n    prompt\n    audioUrl\n    secondsTotal\n    guidanceScale\n    maskStart\n    maskEnd\n    numInferenceSteps\n    seed\n  }\n}\n\nfragment LogLine on RequestLog {\n  sequence\n  message\n  level\n  timestamp\n}\n\nquery StudioService {\n  service {\n    version\n    model\n    engine\n    engineStatus\n    engineMessage\n  }\n}\n\nquery StudioHistory($first: Int!, $after: String) {\n  inpaintJobs(first: $first, after: $after) {\n    nodes {\n      id\n      ...JobState\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation StudioSubmit($input: InpaintAudioInput!, $options: SubmitOptions) {\n  inpaintAudio(input: $input, options: $options) {\n    job {\n      id\n    }\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n\nmutation StudioCancel($id: ID!) {\n  cancelInpaint(id: $id) {\n    outcome\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation StudioUpload($input: CreateAudioUploadInput!) {\n  createAudioUpload(input: $input) {\n    upload {\n      uploadUrl\n      method\n      headers {\n        name\n        value\n      }\n      fileUrl\n    }\n    userErrors {\n      message\n    }\n  }\n}\n\nsubscription StudioProgress($jobId: ID!, $after: String) {\n  inpaintProgress(jobId: $jobId, after: $after) {\n    cursor\n    snapshot\n    status\n    queuePosition\n    progress\n    logs {\n      ...LogLine\n    }\n    job {\n      ...JobState\n    }\n  }\n}": typeof types.JobStateFragmentDoc,
};
const documents: Documents = {
    "fragment JobState on InpaintJob {\n  id\n  status\n  submission\n  queuePosition\n  progress\n  createdAt\n  startedAt\n  finishedAt\n  cancelRequestedAt\n  error {\n    code\n    message\n    field\n    retryable\n  }\n  output {\n    audio {\n      url\n    }\n    seed\n  }\n  ...RunInput\n}\n\nfragment RunInput on InpaintJob {\n  input {\n    prompt\n    audioUrl\n    secondsTotal\n    guidanceScale\n    maskStart\n    maskEnd\n    numInferenceSteps\n    seed\n  }\n}\n\nfragment LogLine on RequestLog {\n  sequence\n  message\n  level\n  timestamp\n}\n\nquery StudioService {\n  service {\n    version\n    model\n    engine\n    engineStatus\n    engineMessage\n  }\n}\n\nquery StudioHistory($first: Int!, $after: String) {\n  inpaintJobs(first: $first, after: $after) {\n    nodes {\n      id\n      ...JobState\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation StudioSubmit($input: InpaintAudioInput!, $options: SubmitOptions) {\n  inpaintAudio(input: $input, options: $options) {\n    job {\n      id\n    }\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n\nmutation StudioCancel($id: ID!) {\n  cancelInpaint(id: $id) {\n    outcome\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation StudioUpload($input: CreateAudioUploadInput!) {\n  createAudioUpload(input: $input) {\n    upload {\n      uploadUrl\n      method\n      headers {\n        name\n        value\n      }\n      fileUrl\n    }\n    userErrors {\n      message\n    }\n  }\n}\n\nsubscription StudioProgress($jobId: ID!, $after: String) {\n  inpaintProgress(jobId: $jobId, after: $after) {\n    cursor\n    snapshot\n    status\n    queuePosition\n    progress\n    logs {\n      ...LogLine\n    }\n    job {\n      ...JobState\n    }\n  }\n}": types.JobStateFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment JobState on InpaintJob {\n  id\n  status\n  submission\n  queuePosition\n  progress\n  createdAt\n  startedAt\n  finishedAt\n  cancelRequestedAt\n  error {\n    code\n    message\n    field\n    retryable\n  }\n  output {\n    audio {\n      url\n    }\n    seed\n  }\n  ...RunInput\n}\n\nfragment RunInput on InpaintJob {\n  input {\n    prompt\n    audioUrl\n    secondsTotal\n    guidanceScale\n    maskStart\n    maskEnd\n    numInferenceSteps\n    seed\n  }\n}\n\nfragment LogLine on RequestLog {\n  sequence\n  message\n  level\n  timestamp\n}\n\nquery StudioService {\n  service {\n    version\n    model\n    engine\n    engineStatus\n    engineMessage\n  }\n}\n\nquery StudioHistory($first: Int!, $after: String) {\n  inpaintJobs(first: $first, after: $after) {\n    nodes {\n      id\n      ...JobState\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation StudioSubmit($input: InpaintAudioInput!, $options: SubmitOptions) {\n  inpaintAudio(input: $input, options: $options) {\n    job {\n      id\n    }\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n\nmutation StudioCancel($id: ID!) {\n  cancelInpaint(id: $id) {\n    outcome\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation StudioUpload($input: CreateAudioUploadInput!) {\n  createAudioUpload(input: $input) {\n    upload {\n      uploadUrl\n      method\n      headers {\n        name\n        value\n      }\n      fileUrl\n    }\n    userErrors {\n      message\n    }\n  }\n}\n\nsubscription StudioProgress($jobId: ID!, $after: String) {\n  inpaintProgress(jobId: $jobId, after: $after) {\n    cursor\n    snapshot\n    status\n    queuePosition\n    progress\n    logs {\n      ...LogLine\n    }\n    job {\n      ...JobState\n    }\n  }\n}"): (typeof documents)["fragment JobState on InpaintJob {\n  id\n  status\n  submission\n  queuePosition\n  progress\n  createdAt\n  startedAt\n  finishedAt\n  cancelRequestedAt\n  error {\n    code\n    message\n    field\n    retryable\n  }\n  output {\n    audio {\n      url\n    }\n    seed\n  }\n  ...RunInput\n}\n\nfragment RunInput on InpaintJob {\n  input {\n    prompt\n    audioUrl\n    secondsTotal\n    guidanceScale\n    maskStart\n    maskEnd\n    numInferenceSteps\n    seed\n  }\n}\n\nfragment LogLine on RequestLog {\n  sequence\n  message\n  level\n  timestamp\n}\n\nquery StudioService {\n  service {\n    version\n    model\n    engine\n    engineStatus\n    engineMessage\n  }\n}\n\nquery StudioHistory($first: Int!, $after: String) {\n  inpaintJobs(first: $first, after: $after) {\n    nodes {\n      id\n      ...JobState\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation StudioSubmit($input: InpaintAudioInput!, $options: SubmitOptions) {\n  inpaintAudio(input: $input, options: $options) {\n    job {\n      id\n    }\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n\nmutation StudioCancel($id: ID!) {\n  cancelInpaint(id: $id) {\n    outcome\n    userErrors {\n      message\n    }\n  }\n}\n\nmutation StudioUpload($input: CreateAudioUploadInput!) {\n  createAudioUpload(input: $input) {\n    upload {\n      uploadUrl\n      method\n      headers {\n        name\n        value\n      }\n      fileUrl\n    }\n    userErrors {\n      message\n    }\n  }\n}\n\nsubscription StudioProgress($jobId: ID!, $after: String) {\n  inpaintProgress(jobId: $jobId, after: $after) {\n    cursor\n    snapshot\n    status\n    queuePosition\n    progress\n    logs {\n      ...LogLine\n    }\n    job {\n      ...JobState\n    }\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;