/** Whoever began an operation, by e-mail where it is known. */
import { Text } from '@mantine/core';
import { useWho } from '../live';

export function Who({ id }: { id: string }) {
  const email = useWho(id);
  return (
    <Text span inherit truncate title={id}>
      {email ?? id}
    </Text>
  );
}
