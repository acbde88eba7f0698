-- A person's messages are found also where nobody asks for those only that are shown, as a rebuild does.
DROP INDEX messages_conversation;
CREATE INDEX messages_conversation ON messages (profile, at, id);
