CREATE TABLE notes (id uuid PRIMARY KEY, words text NOT NULL UNIQUE);
