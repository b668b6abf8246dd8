/** A password's field, which says to everybody that it is wrong, and whose eye has a name and can be reached by key. */
import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function Secret(props: PasswordInputProps) {
  const { t } = useTranslation('me');
  return (
    <PasswordInput
      aria-invalid={props.error ? true : undefined}
      visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword'), tabIndex: 0 }}
      {...props}
    />
  );
}
