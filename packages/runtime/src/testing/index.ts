export {
  describeOnBothDatabases,
  describeOnSqlite,
  type OpenDatabase,
  type PostgresSource,
} from './databases.ts';
