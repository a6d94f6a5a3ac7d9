import { Field, ObjectType } from "type-graphql";
import { InpaintJob } from "./inpaint-job.js";

@ObjectType({ simpleResolvers: true, description: "Where a page lies in its list." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more items follow; ask for them with `after: endCursor`." })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether items precede; ask for them with `before: startCursor`." })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "Cursor of the page's first item. Null on an empty page." })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "Cursor of the page's last item. Null on an empty page." })
  endCursor!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "A job together with its place in the list." })
export class InpaintJobEdge {
  @Field(() => String, { description: "The job's place in the list, for `after` and `before`. Opaque." })
  cursor!: string;

  @Field(() => InpaintJob, { description: "The job itself." })
  node!: InpaintJob;
}

@ObjectType({ simpleResolvers: true, description: "One page of jobs, newest first." })
export class InpaintJobConnection {
  /** Counts the matching jobs when `totalCount` is asked for. Not part of the API. */
  countTotal!: () => Promise<number | null>;

  @Field(() => [InpaintJobEdge], { description: "The page's jobs, each with its cursor." })
  edges!: readonly InpaintJobEdge[];

  @Field(() => [InpaintJob], { description: "The page's jobs without cursors." })
  nodes!: readonly InpaintJob[];

  @Field(() => PageInfo, { description: "Where the page lies in the list." })
  pageInfo!: PageInfo;
}
