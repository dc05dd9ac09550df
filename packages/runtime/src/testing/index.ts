export {
  describeOnBothDatabases,
  describeOnPostgres,
  describeOnSqlite,
  type OpenDatabase,
  type PostgresSource,
} from './databases.ts';
