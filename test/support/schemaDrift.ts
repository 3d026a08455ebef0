import type { DataSource, QueryRunner } from 'typeorm';

/** The statements that would make the tables of a database what the table classes say; none: they are. */
export async function driftStatements(dataSource: DataSource): Promise<readonly string[]> {
  const create = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => oneAtATime(create(mode));
  try {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    dataSource.createQueryRunner = create;
  }
}

/** The library asks for all columns at once over one connection, which the driver warns of and will refuse one day. */
function oneAtATime(runner: QueryRunner): QueryRunner {
  const query = runner.query.bind(runner) as (...given: unknown[]) => Promise<unknown>;
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = (...given: unknown[]): Promise<unknown> => {
    const asked = before.then(() => query(...given));
    before = asked.catch(() => undefined);
    return asked;
  };
  runner.query = inTurn as QueryRunner['query'];
  return runner;
}
