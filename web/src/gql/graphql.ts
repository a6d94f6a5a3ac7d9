/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** What became of a cancellation. */
export type CancelOutcome =
  /** The job had reached a final state before; it stays as it is. */
  | 'ALREADY_FINISHED'
  /** The engine is asked to cancel. The job ends as what truly happens: it may still complete before the request arrives. */
  | 'CANCELLATION_REQUESTED'
  /** The job is cancelled. */
  | 'CANCELLED';

/** The file that is going to be uploaded. */
export type CreateAudioUploadInput = {
  /** The file's media type, such as "audio/wav". */
  contentType: string;
  /** The file's name, such as "song.wav". */
  fileName: string;
  /** The file's exact size in bytes. */
  fileSize: number | string;
};

/** What does the inpainting. */
export type EngineKind =
  /** fal.ai runs the model. */
  | 'FAL'
  /** An engine of this installation, speaking fal's protocol. It works without a key and without the model. */
  | 'LOCAL';

/** Whether requests are being sent to the engine. */
export type EngineStatus =
  /** Requests are sent. */
  | 'OK'
  /** Sending waits, because the engine refused or did not answer; accepted jobs are kept and sent later. */
  | 'PAUSED';

/** Input of fal-ai/stable-audio-25/inpaint. Ranges and defaults are the model's. The span from `maskStart` to `maskEnd` is regenerated, the rest is kept. */
export type InpaintAudioInput = {
  /** The audio to inpaint: an http or https URL the engine can fetch, a base64 data: URI, or the `fileUrl` of a `createAudioUpload`. */
  audioUrl: string;
  /** How closely the result follows the prompt: 1 to 25, higher is closer. Default: 1. */
  guidanceScale?: number;
  /** Where the regenerated span ends: 0 to 190, in whole seconds, after `maskStart`. A value beyond the total length means the total length. Default: 190. */
  maskEnd?: number;
  /** Where the regenerated span starts: 0 to 190, in whole seconds, before the end of the audio. Default: 30. */
  maskStart?: number;
  /** Number of denoising steps: 4 to 8, more takes longer and is more refined. Default: 8. */
  numInferenceSteps?: number;
  /** What the regenerated span should sound like. Not blank, at most 4,000 characters. */
  prompt: string;
  /** Length of the result in whole seconds, 1 to 190. Left out: the duration of the input audio. A longer value extends the audio, and the added span must lie in the mask. */
  secondsTotal?: number | null | undefined;
  /** Makes the result reproducible. Left out: drawn at random (32 bits) when the job is accepted, and shown in the job's input and output. */
  seed?: number | string | null | undefined;
};

/** Why a job failed. Codes are stable: build on them rather than on texts. */
export type JobErrorCode =
  /** The audio could not be fetched from `audioUrl`. */
  | 'AUDIO_UNAVAILABLE'
  /** The audio was fetched and could not be used: unknown format, damaged, too short or too long. */
  | 'AUDIO_UNSUPPORTED'
  /** The engine's content check refused the prompt or the audio. */
  | 'CONTENT_REJECTED'
  /** A fault of this server. */
  | 'INTERNAL'
  /** The engine refused the input; `field` names the part at fault where it is known. */
  | 'INVALID_INPUT'
  /** The engine finished the request, but no longer holds its result. */
  | 'RESULT_EXPIRED'
  /** The request was sent, no answer came, and it was not found at the engine afterwards. */
  | 'SUBMISSION_UNCONFIRMED'
  /** The request did not start before its deadline. */
  | 'TIMED_OUT'
  /** The engine refused this server's credentials. Nothing the caller can put right. */
  | 'UPSTREAM_AUTH'
  /** The engine failed while it worked on the request. */
  | 'UPSTREAM_FAILED'
  /** The engine could not be reached, or was too busy. */
  | 'UPSTREAM_UNAVAILABLE';

/** Where a job stands. The queue itself knows three states and calls failed and cancelled requests COMPLETED; here COMPLETED means that the result is in hand. */
export type JobStatus =
  /** Ended because it was cancelled. Final. */
  | 'CANCELLED'
  /** Finished: `output` holds the result. Final. */
  | 'COMPLETED'
  /** Ended without a result: `error` says why. Final. */
  | 'FAILED'
  /** The engine is working on it. */
  | 'IN_PROGRESS'
  /** Accepted, and not being worked on yet. A job that was started may fall back to this state. */
  | 'IN_QUEUE';

/** What kind of line the engine wrote. */
export type LogLevel =
  /** Details for the model's developers. */
  | 'DEBUG'
  /** A fault. */
  | 'ERROR'
  /** Ordinary information. Lines that came without a level are INFO too. */
  | 'INFO'
  /** Written to the model's standard error; not necessarily a fault. */
  | 'STDERR'
  /** Written to the model's standard output. */
  | 'STDOUT'
  /** Something to look at. */
  | 'WARN';

/** The request's place among the others in the engine's queue. */
export type QueuePriority =
  /** Served after the requests of normal priority. */
  | 'LOW'
  /** Served in order of arrival. */
  | 'NORMAL';

/** Where the request is on its way to the engine. A request is sent at most once. */
export type SubmissionState =
  /** Being sent at this moment. */
  | 'SENDING'
  /** The engine has accepted it; `requestId` is known. */
  | 'SUBMITTED'
  /** It was sent and no answer came. It is never sent again, but looked for at the engine. */
  | 'UNCONFIRMED'
  /** Stored here, not sent yet. Cancelling is immediate and free. */
  | 'WAITING';

/** How a request is submitted; none of it changes what the model is asked for. */
export type SubmitOptions = {
  /** Names this submission, so that it can be repeated safely when the answer was lost. Same key, same input and options: the same job comes back, whatever its state. Same key, anything else: IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** The request's place in the engine's queue. */
  priority?: QueuePriority;
  /** How many seconds the request may wait before it starts: 2 to 86400. It fails TIMED_OUT, and is not billed, when it has not started by then. Left out: the server's default. */
  startTimeout?: number | null | undefined;
  /** Called when the request is finished, however it ended: a POST in the form of fal's signed webhooks, checked with the keys at this server's `/.well-known/jwks.json`. `request_id` is the job's `requestId`, or its `id` when the engine never took the request or never told its id; the user id is the caller's. Told at least once, for up to a day, until the answer is a 2xx; a 3xx ends it. An http or https URL on the public internet, of at most 2,048 characters; its query may carry an id of your own. */
  webhookUrl?: string | null | undefined;
};

/** What is wrong with a mutation's input. Codes are stable: build on them rather than on texts. */
export type UserErrorCode =
  /** The audio cannot be used: not a supported URL, malformed, empty or too large. */
  | 'AUDIO_INVALID'
  /** The idempotency key was used before, with another input or other options. */
  | 'IDEMPOTENCY_CONFLICT'
  /** The value has the wrong form, or is not supported. */
  | 'INVALID'
  /** The mask is empty, or starts behind the end of the audio. */
  | 'MASK_INVALID'
  /** There is no such object. */
  | 'NOT_FOUND'
  /** The value lies outside the allowed range; the message states the range. */
  | 'OUT_OF_RANGE'
  /** A limit of the caller is reached; the message says which, and when to try again. */
  | 'QUOTA_EXCEEDED';

export type JobStateFragment = (
  { id: string, status: JobStatus, submission: SubmissionState, queuePosition: number | null, progress: number | null, createdAt: string, startedAt: string | null, finishedAt: string | null, cancelRequestedAt: string | null, error: { code: JobErrorCode, message: string, field: Array<string> | null, retryable: boolean } | null, output: { seed: number | string, audio: { url: string } } | null }
  & { ' $fragmentRefs'?: { 'RunInputFragment': RunInputFragment } }
) & { ' $fragmentName'?: 'JobStateFragment' };

export type RunInputFragment = { input: { prompt: string, audioUrl: string, secondsTotal: number | null, guidanceScale: number, maskStart: number, maskEnd: number, numInferenceSteps: number, seed: number | string | null } } & { ' $fragmentName'?: 'RunInputFragment' };

export type LogLineFragment = { sequence: number, message: string, level: LogLevel, timestamp: string } & { ' $fragmentName'?: 'LogLineFragment' };

export type StudioServiceQueryVariables = Exact<{ [key: string]: never; }>;


export type StudioServiceQuery = { service: { version: string, model: string, engine: EngineKind, engineStatus: EngineStatus, engineMessage: string | null } };

export type StudioHistoryQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type StudioHistoryQuery = { inpaintJobs: { nodes: Array<(
      { id: string }
      & { ' $fragmentRefs'?: { 'JobStateFragment': JobStateFragment } }
    )>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type StudioSubmitMutationVariables = Exact<{
  input: InpaintAudioInput;
  options?: SubmitOptions | null | undefined;
}>;


export type StudioSubmitMutation = { inpaintAudio: { job: { id: string } | null, userErrors: Array<{ code: UserErrorCode, message: string, field: Array<string> | null }> } };

export type StudioCancelMutationVariables = Exact<{
  id: string;
}>;


export type StudioCancelMutation = { cancelInpaint: { outcome: CancelOutcome | null, userErrors: Array<{ message: string }> } };

export type StudioUploadMutationVariables = Exact<{
  input: CreateAudioUploadInput;
}>;


export type StudioUploadMutation = { createAudioUpload: { upload: { uploadUrl: string, method: string, fileUrl: string, headers: Array<{ name: string, value: string }> } | null, userErrors: Array<{ message: string }> } };

export type StudioProgressSubscriptionVariables = Exact<{
  jobId: string;
  after?: string | null | undefined;
}>;


export type StudioProgressSubscription = { inpaintProgress: { cursor: string, snapshot: boolean, status: JobStatus, queuePosition: number | null, progress: number | null, logs: Array<{ ' $fragmentRefs'?: { 'LogLineFragment': LogLineFragment } }>, job: { ' $fragmentRefs'?: { 'JobStateFragment': JobStateFragment } } } };

export type StudioShareMutationVariables = Exact<{
  jobId: string;
  ttlSeconds: number;
}>;


export type StudioShareMutation = { createWatchToken: { token: string | null, expiresAt: string | null, userErrors: Array<{ message: string }> } };

export const RunInputFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunInput"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InpaintJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"input"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prompt"}},{"kind":"Field","name":{"kind":"Name","value":"audioUrl"}},{"kind":"Field","name":{"kind":"Name","value":"secondsTotal"}},{"kind":"Field","name":{"kind":"Name","value":"guidanceScale"}},{"kind":"Field","name":{"kind":"Name","value":"maskStart"}},{"kind":"Field","name":{"kind":"Name","value":"maskEnd"}},{"kind":"Field","name":{"kind":"Name","value":"numInferenceSteps"}},{"kind":"Field","name":{"kind":"Name","value":"seed"}}]}}]}}]} as unknown as DocumentNode<RunInputFragment, unknown>;
export const JobStateFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"JobState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InpaintJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"submission"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"cancelRequestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"output"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"audio"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}}]}},{"kind":"Field","name":{"kind":"Name","value":"seed"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunInput"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunInput"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InpaintJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"input"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prompt"}},{"kind":"Field","name":{"kind":"Name","value":"audioUrl"}},{"kind":"Field","name":{"kind":"Name","value":"secondsTotal"}},{"kind":"Field","name":{"kind":"Name","value":"guidanceScale"}},{"kind":"Field","name":{"kind":"Name","value":"maskStart"}},{"kind":"Field","name":{"kind":"Name","value":"maskEnd"}},{"kind":"Field","name":{"kind":"Name","value":"numInferenceSteps"}},{"kind":"Field","name":{"kind":"Name","value":"seed"}}]}}]}}]} as unknown as DocumentNode<JobStateFragment, unknown>;
export const LogLineFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"LogLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RequestLog"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sequence"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"level"}},{"kind":"Field","name":{"kind":"Name","value":"timestamp"}}]}}]} as unknown as DocumentNode<LogLineFragment, unknown>;
export const StudioServiceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"StudioService"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"service"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"engine"}},{"kind":"Field","name":{"kind":"Name","value":"engineStatus"}},{"kind":"Field","name":{"kind":"Name","value":"engineMessage"}}]}}]}}]} as unknown as DocumentNode<StudioServiceQuery, StudioServiceQueryVariables>;
export const StudioHistoryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"StudioHistory"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inpaintJobs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"JobState"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunInput"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InpaintJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"input"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prompt"}},{"kind":"Field","name":{"kind":"Name","value":"audioUrl"}},{"kind":"Field","name":{"kind":"Name","value":"secondsTotal"}},{"kind":"Field","name":{"kind":"Name","value":"guidanceScale"}},{"kind":"Field","name":{"kind":"Name","value":"maskStart"}},{"kind":"Field","name":{"kind":"Name","value":"maskEnd"}},{"kind":"Field","name":{"kind":"Name","value":"numInferenceSteps"}},{"kind":"Field","name":{"kind":"Name","value":"seed"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"JobState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InpaintJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"submission"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"cancelRequestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"output"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"audio"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}}]}},{"kind":"Field","name":{"kind":"Name","value":"seed"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunInput"}}]}}]} as unknown as DocumentNode<StudioHistoryQuery, StudioHistoryQueryVariables>;
export const StudioSubmitDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StudioSubmit"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"InpaintAudioInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"options"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"SubmitOptions"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inpaintAudio"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"options"},"value":{"kind":"Variable","name":{"kind":"Name","value":"options"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"field"}}]}}]}}]}}]} as unknown as DocumentNode<StudioSubmitMutation, StudioSubmitMutationVariables>;
export const StudioCancelDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StudioCancel"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cancelInpaint"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<StudioCancelMutation, StudioCancelMutationVariables>;
export const StudioUploadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StudioUpload"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateAudioUploadInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createAudioUpload"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"upload"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"uploadUrl"}},{"kind":"Field","name":{"kind":"Name","value":"method"}},{"kind":"Field","name":{"kind":"Name","value":"headers"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"fileUrl"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<StudioUploadMutation, StudioUploadMutationVariables>;
export const StudioProgressDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"StudioProgress"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"jobId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inpaintProgress"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"jobId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"jobId"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"snapshot"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"Field","name":{"kind":"Name","value":"logs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"LogLine"}}]}},{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"JobState"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunInput"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InpaintJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"input"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prompt"}},{"kind":"Field","name":{"kind":"Name","value":"audioUrl"}},{"kind":"Field","name":{"kind":"Name","value":"secondsTotal"}},{"kind":"Field","name":{"kind":"Name","value":"guidanceScale"}},{"kind":"Field","name":{"kind":"Name","value":"maskStart"}},{"kind":"Field","name":{"kind":"Name","value":"maskEnd"}},{"kind":"Field","name":{"kind":"Name","value":"numInferenceSteps"}},{"kind":"Field","name":{"kind":"Name","value":"seed"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"LogLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RequestLog"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sequence"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"level"}},{"kind":"Field","name":{"kind":"Name","value":"timestamp"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"JobState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InpaintJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"submission"}},{"kind":"Field","name":{"kind":"Name","value":"queuePosition"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"cancelRequestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"Field","name":{"kind":"Name","value":"output"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"audio"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}}]}},{"kind":"Field","name":{"kind":"Name","value":"seed"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunInput"}}]}}]} as unknown as DocumentNode<StudioProgressSubscription, StudioProgressSubscriptionVariables>;
export const StudioShareDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StudioShare"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"jobId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ttlSeconds"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createWatchToken"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"jobId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"jobId"}}},{"kind":"Argument","name":{"kind":"Name","value":"ttlSeconds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ttlSeconds"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"token"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<StudioShareMutation, StudioShareMutationVariables>;